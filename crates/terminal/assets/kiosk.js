// The page works without this. With it, a scanner (a keyboard that types fast and ends with Enter) reaches the scan field from
// anywhere, nothing that is typed while an answer is on its way gets lost, and the page follows the till by itself and is heard.

/** A scanner types faster than any hand: milliseconds between two keys. */
const SCANNER_GAP = 35;
/** No code is shorter. */
const SHORTEST_CODE = 6;
/** The till hears that somebody is there no more often than this: milliseconds. */
const TOUCH_GAP = 5000;
/** What presses longer is no finger: milliseconds. */
const LONGEST_PRESS = 5000;
/** A click comes no later after the finger is up: milliseconds. */
const CLICK_GAP = 300;
/** Pages beside those of the till: they stay for their shopper, but not when nobody is there any more: milliseconds. */
const BESIDE = ["products", "weigh", "receipt", "email", "email-confirm", "means", "resume", "audit", "refund"];
const BESIDE_STAYS = 120_000;

let shown = Number(document.body.dataset.revision);
let sending = Promise.resolve();
let lastTouch = performance.now();
let lastTold = -TOUCH_GAP;

const scanField = () => document.querySelector("#code");
/** When something was read, by a clock that does not begin anew with each page: an echo is told from two equal articles by it. */
const readAt = (event) => String(Math.round(performance.timeOrigin + event.timeStamp));
const isTextField = (element) =>
  element instanceof HTMLInputElement && ["text", "password"].includes(element.type);

/** What was typed and not sent yet. */
const typedFields = () =>
  [...document.querySelectorAll("main input")].filter((field) => isTextField(field) && field.value !== field.defaultValue);

/** A finger on the screen, until the click that follows it has done what it does. */
let press;

function pressed() {
  press?.end();
  const begun = {};
  begun.over = new Promise((resolve) => {
    begun.end = resolve;
  }).then(() => {
    if (press === begun) press = undefined;
  });
  press = begun;
  setTimeout(begun.end, LONGEST_PRESS);
}

const released = (after) => press && setTimeout(press.end, after);

for (const [kind, heard] of Object.entries({
  pointerdown: pressed,
  pointerup: () => released(CLICK_GAP),
  pointercancel: () => released(0),
  click: () => released(0),
})) document.addEventListener(kind, heard, { capture: true, passive: true });

/** Nothing moves under a finger: a page that comes meanwhile waits until what was touched is done. */
async function untouched() {
  while (press) await press.over;
}

/** A page beside those of the till, whose shopper goes on with it. */
function isKept(next) {
  const { shopper, screen } = next.body.dataset;
  const goesOn = ["idle", "scanning"].includes(screen) && !next.querySelector("#countdown");
  return BESIDE.includes(document.body.dataset.screen) && shopper === document.body.dataset.shopper && goesOn;
}

/**
 * Puts a page that came from the till in the place of this one; keyboard users stay where they were. What answers the shopper is
 * shown even where the till itself has nothing new.
 */
function show(text, isAnswer) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const revision = Number(next.body.dataset.revision);
  const isOther = next.body.dataset.screen !== document.body.dataset.screen;
  const isOtherLanguage = next.documentElement.lang !== document.documentElement.lang;
  if (revision < shown || (revision === shown && !isOther && !isOtherLanguage && !isAnswer)) return;
  const isNew = revision > shown;
  shown = revision;
  // Whether somebody practises is seen on every page, also on those that stay for their shopper.
  document.querySelector("#banner").replaceWith(next.querySelector("#banner"));
  if (!isAnswer && isKept(next)) return;
  const focused = document.activeElement?.id;
  // A scanner does not wait for pages: what it has typed since this one came moves along, but never to another shopper.
  const isSameShopper = next.body.dataset.shopper === document.body.dataset.shopper;
  const opened = isSameShopper && !isAnswer ? [...document.querySelectorAll("main details[open] > summary")] : [];
  const typed = isSameShopper ? typedFields().filter((field) => field.type !== "password") : [];
  document.documentElement.lang = next.documentElement.lang;
  document.title = next.title;
  Object.assign(document.body.dataset, { screen: next.body.dataset.screen, shopper: next.body.dataset.shopper });
  if (isOtherLanguage) document.querySelector("header").replaceWith(next.querySelector("header"));
  else {
    document.querySelector("#announcement").textContent = next.querySelector("#announcement").textContent;
    document.querySelector("#cue").replaceWith(next.querySelector("#cue"));
  }
  document.querySelector("main").replaceWith(next.querySelector("main"));
  for (const { id, value } of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  // Nor does what was opened close by itself.
  for (const { id } of opened) document.getElementById(id)?.parentElement.setAttribute("open", "");
  showMute();
  // An echo is answered by the page as it was: what was heard is not heard again, only what is to be read.
  const isAlert = document.querySelector("#cue").dataset.cue === "alert";
  if (isNew || (isAnswer && isAlert)) sound();
  const same = !isOther && focused && document.getElementById(focused);
  (same || scanField() || document.querySelector("main button, main summary"))?.focus();
}

/** One form after the other, in the order of the shopper's hands. */
function send(action, fields) {
  sending = sending.then(async () => {
    try {
      const answer = await fetch(action, { method: "POST", body: fields });
      // A form that was not understood is answered by a page, too.
      const isPage = answer.headers.get("content-type")?.startsWith("text/html");
      const text = await answer.text();
      await untouched();
      if (answer.ok || isPage) show(text, true);
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
    const answer = await fetch("/");
    const text = await answer.text();
    await untouched();
    if (answer.ok) show(text, false);
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

/** Keys of the screen type at once: no letter is lost between two answers. */
document.addEventListener("click", (event) => {
  const key = event.target.closest("button[name=key]");
  if (!key) return;
  event.preventDefault();
  const field = scanField();
  field.value = key.value === "back" ? field.value.slice(0, -1) : field.value + key.value;
});
/** What an attendant scans to look into a basket is never put into it. */
function scanAgain(code) {
  scanField().value = code;
  scanField().form.requestSubmit();
}

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
    if (document.body.dataset.screen === "audit") scanAgain(burst);
    else send("/scan", new URLSearchParams({ code: burst, read_ms: readAt(event) }));
  }
  if (event.key !== "Shift") burst = "";
});

/** Who reads and types is there, although nothing of it reaches the till. */
function touch() {
  lastTouch = performance.now();
  if (lastTouch - lastTold < TOUCH_GAP) return;
  lastTold = lastTouch;
  fetch("/touch", { method: "POST" }).catch(() => {});
}

for (const kind of ["input", "pointerdown", "wheel"]) document.addEventListener(kind, touch, { passive: true });

/** What was searched or typed is not left for the next: neither on a page beside those of the till, nor where a basket begins. */
setInterval(() => {
  const { screen } = document.body.dataset;
  if (performance.now() - lastTouch <= BESIDE_STAYS) return;
  if (BESIDE.includes(screen)) location.replace("/");
  else if (screen === "idle") for (const field of typedFields()) field.value = field.defaultValue;
}, 1000);

/** Nor is a page that the browser kept as it was left. */
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

/** Each sound: hertz and milliseconds of its tones. The page shows the same by a word. */
const SOUNDS = {
  added: [[1320, 70]],
  removed: [[660, 70], [440, 90]],
  alert: [[330, 160], [330, 160]],
  paid: [[660, 90], [880, 90], [1320, 180]],
};
const LOUDNESS = 0.15;
const MUTED = `cabas.muted.${document.body.dataset.till}`;
const isMuted = () => localStorage.getItem(MUTED) === "true";
let audio;

/** Plays what the page says, once for each change. */
function sound() {
  const tones = SOUNDS[document.querySelector("#cue").dataset.cue];
  if (!tones || isMuted()) return;
  audio ??= new AudioContext();
  // A browser that wants a touch first stays silent until there is one.
  audio.resume().catch(() => {});
  let at = audio.currentTime;
  for (const [hertz, milliseconds] of tones) {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const end = at + milliseconds / 1000;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(LOUDNESS, at);
    volume.gain.exponentialRampToValueAtTime(0.001, end);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(end);
    at = end + 0.03;
  }
}

function showMute() {
  const button = document.querySelector("#mute");
  button.hidden = false;
  button.textContent = isMuted() ? button.dataset.unmute : button.dataset.mute;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "mute") return;
  localStorage.setItem(MUTED, String(!isMuted()));
  showMute();
});

showMute();

const events = new EventSource("/events");
let wasOpen = false;
events.addEventListener("open", () => {
  // A till that was restarted counts its changes anew.
  if (wasOpen) shown = -1;
  wasOpen = true;
  look();
});
events.addEventListener("message", (event) => {
  if (Number(event.data) !== shown) look();
});
