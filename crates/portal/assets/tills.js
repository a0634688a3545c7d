// The tills move as they are: each event is their whole HTML, made by the server.
const tills = document.getElementById("tills");
const link = document.getElementById("link");
const AGAIN = 5000;
// A feed ends every few minutes and comes back at once: only a longer silence is worth a word.
const PATIENCE = 3000;
let silence;

function show(html) {
  const focused = document.activeElement?.id;
  // What somebody is typing stays where it is.
  const typed = [...tills.querySelectorAll("input[type=text]")].filter((field) => field.value);
  tills.replaceChildren(document.createRange().createContextualFragment(html));
  for (const { id, value } of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  if (focused) document.getElementById(focused)?.focus();
}

setInterval(() => {
  for (const wait of tills.querySelectorAll(".wait")) {
    const seconds = Number(wait.dataset.seconds) + 1;
    wait.dataset.seconds = String(seconds);
    wait.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);

function lost() {
  link.textContent = link.dataset.lost;
  link.classList.remove("live");
}

function open() {
  const feed = new EventSource(tills.dataset.feed);
  feed.onopen = () => {
    clearTimeout(silence);
    silence = undefined;
    // Said once: who listens to the page is not told again of each feed.
    if (!link.classList.contains("live")) link.textContent = link.dataset.open;
    link.classList.add("live");
  };
  feed.onmessage = (event) => show(event.data);
  feed.onerror = () => {
    silence ??= setTimeout(lost, PATIENCE);
    // The browser itself tries again unless it was refused.
    if (feed.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
  };
}

open();
