// The tills move as they are: each event is their whole HTML, made by the server.
const tills = document.getElementById("tills");
const waiting = document.getElementById("waiting");
let shown = performance.now();

function show(html) {
  const { id, selectionStart, selectionEnd } = document.activeElement;
  // What somebody has typed or chosen stays where it is.
  const typed = [...tills.querySelectorAll("input[type=text], select")].filter((field) => field.value);
  tills.replaceChildren(document.createRange().createContextualFragment(html));
  shown = performance.now();
  for (const { id, value } of typed) {
    const field = document.getElementById(id);
    if (field) field.value = value;
  }
  const focused = id && document.getElementById(id);
  if (focused) {
    focused.focus();
    if (typeof selectionStart === "number") focused.setSelectionRange(selectionStart, selectionEnd);
  }
  // Only a change is read out.
  const said = tills.querySelector(".tills").dataset.waiting;
  if (waiting.textContent !== said) waiting.textContent = said;
}

setInterval(() => {
  for (const wait of tills.querySelectorAll(".wait")) {
    const seconds = Number(wait.dataset.seconds) + Math.floor((performance.now() - shown) / 1000);
    wait.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}, 1000);

document.addEventListener("told", (event) => show(event.detail));
