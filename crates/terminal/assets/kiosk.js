// The page works without this. With it, a scanner (a keyboard that types fast and ends with Enter) reaches the scan field from
// anywhere, nothing that is typed while an answer is on its way gets lost, and the page follows the till by itself.

/** A scanner types faster than any hand: milliseconds between two keys. */
const SCANNER_GAP = 35;
/** No code is shorter. */
const SHORTEST_CODE = 6;

let shown = Number(document.body.dataset.revision);
let sending = Promise.resolve();
/** Where the page that is shown can be asked for again. */
let place = location.pathname + location.search;

const scanField = () => document.querySelector("#code");
/** When something was read, by a clock that does not begin anew with each page: an echo is told from two equal articles by it. */
const readAt = (event) => String(Math.round(performance.timeOrigin + event.timeStamp));
const isTextField = (element) =>
  element instanceof HTMLInputElement && ["text", "password"].includes(element.type);

/** Puts a page that came from the till in the place of this one; keyboard users stay where they were. */
function show(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const revision = Number(next.body.dataset.revision);
  const isOther = next.body.dataset.screen !== document.body.dataset.screen;
  const isOtherLanguage = next.documentElement.lang !== document.documentElement.lang;
  if (revision < shown || (revision === shown && !isOther && !isOtherLanguage)) return;
  const focused = document.activeElement?.id;
  // A scanner does not wait for pages: what it has typed so far moves along.
  const typed = [...document.querySelectorAll("main input")].filter((field) => isTextField(field) && field.value);
  shown = revision;
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  document.body.dataset.screen = next.body.dataset.screen;
  if (isOtherLanguage) document.querySelector("header").replaceWith(next.querySelector("header"));
  else document.querySelector("#announcement").textContent = next.querySelector("#announcement").textContent;
  document.querySelector("main").replaceWith(next.querySelector("main"));
  for (const { id, value } of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  const same = !isOther && focused && document.getElementById(focused);
  (same || scanField() || document.querySelector("main button, main summary"))?.focus();
}

/** One form after the other, in the order of the shopper's hands. */
function send(action, fields) {
  sending = sending.then(async () => {
    try {
      const answer = await fetch(action, { method: "POST", body: fields });
      if (answer.ok) {
        place = answer.redirected ? new URL(answer.url).pathname : "/";
        show(await answer.text());
      }
    } catch {
      location.assign("/");
    }
  });
}

/** The till gives the basket up by its own clock; this only shows how near that is. */
setInterval(() => {
  const countdown = document.querySelector("#countdown");
  if (countdown) countdown.textContent = String(Math.max(0, Number(countdown.textContent) - 1));
}, 1000);

async function look() {
  await sending;
  try {
    const answer = await fetch(place);
    if (answer.redirected) place = new URL(answer.url).pathname;
    if (answer.ok) show(await answer.text());
  } catch {
    // The till is being restarted; the next event says that it is back.
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get") return;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  // A scanner that repeats itself is told from two equal articles by when it was read.
  if (form.id === "scan") fields.set("read_ms", readAt(event));
  send(form.action, fields);
  form.reset();
});

let burst = "";
let lastKey = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const field = document.activeElement;
  const isFast = event.timeStamp - lastKey < SCANNER_GAP;
  lastKey = event.timeStamp;
  if (event.key.length === 1) {
    burst = isFast ? burst + event.key : event.key;
    const isForNobody = !isTextField(field) && event.key !== " ";
    if (isForNobody) scanField()?.focus();
    return;
  }
  if (event.key === "Enter" && isFast && burst.length >= SHORTEST_CODE && field?.id !== "code") {
    event.preventDefault();
    if (isTextField(field) && field.value.endsWith(burst)) field.value = field.value.slice(0, -burst.length);
    send("/scan", new URLSearchParams({ code: burst, read_ms: readAt(event) }));
  }
  if (event.key !== "Shift") burst = "";
});

const events = new EventSource("/events");
events.addEventListener("open", look);
events.addEventListener("message", (event) => {
  if (Number(event.data) !== shown) look();
});
