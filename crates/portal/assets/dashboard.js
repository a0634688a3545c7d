// The figures move as the day does: each event is their whole HTML, made by the server.
const figures = document.getElementById("figures");
const link = document.getElementById("link");
const AGAIN = 5000;

function show(html) {
  const open = figures.querySelector("details")?.open ?? false;
  const focused = document.activeElement?.tagName === "SUMMARY";
  figures.replaceChildren(document.createRange().createContextualFragment(html));
  const details = figures.querySelector("details");
  if (details) details.open = open;
  if (focused) details?.querySelector("summary").focus();
}

function open() {
  const feed = new EventSource(figures.dataset.feed);
  feed.onopen = () => { link.textContent = link.dataset.open; };
  feed.onmessage = (event) => show(event.data);
  feed.onerror = () => {
    link.textContent = link.dataset.lost;
    // The browser itself tries again unless it was refused.
    if (feed.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
  };
}

open();
