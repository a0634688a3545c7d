// Reviews and complaints arrive as they are written: each event is one card of HTML, made by the server.
const list = document.getElementById("reviews");
const link = document.getElementById("link");
const news = document.getElementById("news");
const none = document.getElementById("none");
const MOST = 50;
const AGAIN = 5000;
// A feed ends every few minutes and comes back at once: only a longer silence is worth a word.
const PATIENCE = 3000;
let silence;

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

function lost() {
  link.textContent = link.dataset.lost;
  link.classList.remove("live");
}

function open() {
  const feed = new EventSource(list.dataset.feed);
  feed.onopen = () => {
    clearTimeout(silence);
    silence = undefined;
    // Said once: who listens to the page is not told again of each feed.
    if (!link.classList.contains("live")) link.textContent = link.dataset.open;
    link.classList.add("live");
  };
  feed.onmessage = (event) => place(event.data);
  feed.onerror = () => {
    silence ??= setTimeout(lost, PATIENCE);
    // The browser itself tries again unless it was refused.
    if (feed.readyState === EventSource.CLOSED) setTimeout(open, AGAIN);
  };
}

open();
