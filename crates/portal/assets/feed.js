// What the page follows, told as it comes: the page's own script listens for "told" and shows it.
const link = document.getElementById("link");
const { feed: address } = document.querySelector("[data-feed]").dataset;
const AGAIN = 5000;
// A feed ends every few minutes and comes back at once: only a longer silence is worth a word.
const PATIENCE = 3000;
let silence;

function lost() {
  link.textContent = link.dataset.lost;
  link.classList.remove("live");
}

function open() {
  const feed = new EventSource(address);
  feed.onopen = () => {
    clearTimeout(silence);
    silence = undefined;
    // Said once: who listens to the page is not told again of each feed.
    if (!link.classList.contains("live")) link.textContent = link.dataset.open;
    link.classList.add("live");
  };
  feed.onmessage = (event) => document.dispatchEvent(new CustomEvent("told", { detail: event.data }));
  feed.onerror = () => {
    silence ??= setTimeout(lost, PATIENCE);
    // The browser itself tries again unless it was refused.
    if (feed.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
  };
}

open();
