// The figures move as the day does: each event is their whole HTML, made by the server.
const figures = document.getElementById("figures");
const link = document.getElementById("link");
const AGAIN = 5000;
// A feed ends every few minutes and comes back at once: only a longer silence is worth a word.
const PATIENCE = 3000;
let silence;

function show(html) {
  const open = figures.querySelector("details")?.open ?? false;
  const focused = document.activeElement?.tagName === "SUMMARY";
  const scrolled = figures.querySelector(".chart")?.scrollLeft ?? 0;
  figures.replaceChildren(document.createRange().createContextualFragment(html));
  const details = figures.querySelector("details");
  if (details) details.open = open;
  const chart = figures.querySelector(".chart");
  if (chart) chart.scrollLeft = scrolled;
  if (focused) details?.querySelector("summary").focus();
}

function lost() {
  link.textContent = link.dataset.lost;
  link.classList.remove("live");
}

function open() {
  const feed = new EventSource(figures.dataset.feed);
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
