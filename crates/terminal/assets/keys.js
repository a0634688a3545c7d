// Keys on the screen, for whoever has no others: they come when a field is touched, and go when a keyboard or a scanner types.
// The page of a basket's code has its own, which work without this.

const LETTERS = ["1234567890", "azertyuiop", "qsdfghjklm"];
/** The keys of a field, by what it takes; a text has a bar for the space, too, and a code, which may be of any letters, one for capitals. */
const LAYOUTS = {
  numeric: ["123", "456", "789", "0"],
  decimal: ["123", "456", "789", "0,"],
  email: [...LETTERS, "wxcvbn@.-_+"],
  text: [...LETTERS, "wxcvbn-'"],
  password: [...LETTERS, "wxcvbn@.-_+'"],
};
const LETTER = /^[a-z]$/i;

const keyboard = document.createElement("section");
keyboard.id = "keyboard";
keyboard.hidden = true;
document.body.append(keyboard);

/** The field that is typed into, and whose it is. */
let field;
let shopper;

const isTyped = (element) => element instanceof HTMLInputElement && ["text", "password"].includes(element.type);

function hide() {
  field = undefined;
  keyboard.hidden = true;
  keyboard.replaceChildren();
}

/** What is typed by touch is heard like what a keyboard types. */
function put(text, from, to) {
  field.setRangeText(text, from, to, "end");
  field.focus({ preventScroll: true });
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function type(text) {
  const { selectionStart, selectionEnd, maxLength, value } = field;
  const length = value.length - (selectionEnd - selectionStart) + text.length;
  if (maxLength < 0 || length <= maxLength) put(text, selectionStart, selectionEnd);
}

function erase() {
  const { selectionStart, selectionEnd } = field;
  put("", selectionStart === selectionEnd ? Math.max(0, selectionStart - 1) : selectionStart, selectionEnd);
}

function key(name, shown, label, press) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet", textContent: shown });
  button.dataset.key = name;
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", press);
  return button;
}

function row(keys) {
  const line = document.createElement("div");
  line.append(...keys);
  return line;
}

/** A letter as the field wants it, or a sign with its name for the ear. */
function character(typed, words) {
  const text = field.autocapitalize === "characters" ? typed.toUpperCase() : typed;
  const sign = words.signs.split("|").find((named) => named.startsWith(typed));
  return key(text, text, sign?.slice(2), (event) => type(event.currentTarget.dataset.key));
}

/** Turns the letters into capitals, and back when it is pressed again: the keys themselves stay, for one of them is being pressed. */
function capitals(words) {
  const button = key("capitals", words.capitals, undefined, () => {
    const isOn = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(isOn));
    for (const letter of keyboard.querySelectorAll("button")) {
      if (!LETTER.test(letter.dataset.key)) continue;
      const text = isOn ? letter.dataset.key.toUpperCase() : letter.dataset.key.toLowerCase();
      letter.dataset.key = text;
      letter.textContent = text;
    }
  });
  button.setAttribute("aria-pressed", "false");
  return button;
}

function layoutOf({ type: kind, inputMode }) {
  if (kind === "password") return "password";
  return inputMode in LAYOUTS ? inputMode : "text";
}

function show(target) {
  field = target;
  shopper = document.body.dataset.shopper;
  const words = document.querySelector("#key-words").dataset;
  const layout = layoutOf(field);
  const point = document.documentElement.lang === "fr" ? "," : ".";
  const rows = LAYOUTS[layout].map((line) => [...line.replace(",", point)].map((typed) => character(typed, words)));
  const shift = layout === "password" ? [capitals(words)] : [];
  const space = ["text", "password"].includes(layout) ? [key(" ", words.space, undefined, () => type(" "))] : [];
  rows.push([...shift, ...space, key("erase", words.erase, undefined, erase), key("done", words.done, undefined, hide)]);
  keyboard.setAttribute("aria-label", words.keyboard);
  keyboard.replaceChildren(...rows.map(row));
  keyboard.hidden = false;
  // What stood there before anybody typed is not typed on.
  if (field.value === field.defaultValue) field.select();
  reveal();
}

/** The keys do not hide what they type. */
function reveal() {
  field?.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  if (keyboard.contains(event.target) || !event.isTrusted) return;
  const touched = event.target.closest("label")?.control ?? event.target;
  if (!isTyped(touched)) hide();
  // A label that is touched presses its field once more, by no pointer.
  else if (event.pointerType === "touch" && !document.querySelector("main .keys")) show(touched);
  else if (touched !== field) hide();
});

/** A key takes no focus from the field. */
keyboard.addEventListener("mousedown", (event) => event.preventDefault());

document.addEventListener("keydown", (event) => {
  if (event.isTrusted) hide();
});

addEventListener("resize", reveal);

/** A page that was put in the place of this one may have the field again, for the same shopper. */
new MutationObserver(() => {
  if (!field || field.isConnected) return;
  const again = document.getElementById(field.id);
  const goesOn = shopper === document.body.dataset.shopper && isTyped(again) && document.activeElement === again;
  if (goesOn) field = again;
  else hide();
}).observe(document.body, { childList: true });
