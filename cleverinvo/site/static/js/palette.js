// Ctrl-K: go anywhere, or find an invoice or a client. A native dialog with an ARIA combobox in it.
import { draw as drawOptions } from "./options.js";

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = dialog.querySelector("[role=listbox]");
const places = [...document.querySelectorAll("#nav a")].map((a) => ({ title: a.textContent.trim(), href: a.getAttribute("href") }));
if (document.body.dataset.mayWrite !== "no")
  places.unshift({ title: "New invoice", href: "/invoices/new", keys: "N" }, { title: "New client", href: "/clients/new" });
let shown = [];
let at = 0;
let asked = 0;

const draw = () => drawOptions(input, list, shown, at, go);

async function look() {
  const words = input.value.trim();
  const folded = words.toLowerCase();
  shown = places.filter((place) => place.title.toLowerCase().includes(folded));
  at = 0;
  draw();
  const mine = ++asked; // and what was asked before is not waited for
  if (words.length < 2) return;
  const answer = await fetch(`/find?q=${encodeURIComponent(words)}`, { headers: { "x-requested-with": "fetch" } });
  const found = answer.ok ? await answer.json() : [];
  if (mine !== asked) return; // more was typed meanwhile
  shown = [...shown, ...found];
  draw();
}

function go(entry) {
  dialog.close();
  location.href = entry.href;
}

function open() {
  input.value = "";
  asked++;
  shown = places;
  at = 0;
  draw();
  dialog.showModal();
}

input.addEventListener("input", look);
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    at = (at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % (shown.length || 1);
    draw();
  } else if (event.key === "Enter" && shown[at]) {
    event.preventDefault();
    go(shown[at]);
  }
});
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
for (const button of document.querySelectorAll("[data-palette]")) {
  button.hidden = false;
  button.addEventListener("click", open);
}
addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    dialog.open ? dialog.close() : open();
  }
  const isTyping = event.target.closest?.("input, textarea, select, dialog");
  if (event.key === "n" && !isTyping && !event.metaKey && !event.ctrlKey && !event.altKey) location.href = "/invoices/new";
});
