// Reviews and complaints arrive as they are written: each event is one card of HTML, made by the server.
const list = document.getElementById("reviews");
const news = document.getElementById("news");
const none = document.getElementById("none");
const MOST = 50;

function place(html) {
  const card = document.createRange().createContextualFragment(html).querySelector("article");
  if (!card) return;
  const known = document.getElementById(card.id);
  if (known && known.dataset.version === card.dataset.version) return;
  if (known) {
    // What somebody is typing stays where it is.
    const typed = known.querySelector("textarea");
    const box = card.querySelector("textarea");
    const writing = typed !== null && typed === document.activeElement;
    if (typed && box) {
      box.value = typed.value;
      const sent = known.querySelector("input[name=request_id]");
      card.querySelector("input[name=request_id]").value = sent.value;
    }
    known.replaceWith(card);
    if (writing && box) box.focus();
  } else {
    list.prepend(card);
    while (list.children.length > MOST) list.lastElementChild.remove();
    news.textContent = `${card.dataset.said ?? news.dataset.new} : ${card.querySelector("h2").textContent}`;
  }
  card.classList.add("fresh");
  none.hidden = true;
}

document.addEventListener("told", (event) => place(event.detail));
