// The figures move as the day does: each event is their whole HTML, made by the server.
const figures = document.getElementById("figures");

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

document.addEventListener("told", (event) => show(event.detail));
