// What an invoice's page and its forms do with a script: send in a dialog, the letter and the credit as one types.
const PAUSE = 350;
const asked = { "x-requested-with": "fetch" };
const dialog = document.getElementById("dialog");

// A link with data-dialog leads to a page; here its form opens above this one instead.
document.addEventListener("click", async (event) => {
  if (event.target.closest("#dialog [data-close]")) {
    event.preventDefault();
    return dialog.close();
  }
  const link = event.target.closest("a[data-dialog]");
  if (!link || !dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(link.href, { headers: asked });
  if (!answer.ok) return location.assign(link.href);
  dialog.innerHTML = await answer.text(); // a part of a page from this server, escaped there
  dialog.showModal();
  dialog.querySelector("[name=to]").focus();
});

// The letter as it is being written. A frame of its own each time, so that going back does not go through them all.
const draw = (form) => form.requestSubmit(form.querySelector(`[name=as][value=${form.dataset.as ?? "html"}]`));
document.addEventListener("submit", (event) => {
  if (event.submitter?.name !== "as") return;
  const frame = event.target.querySelector("iframe");
  const fresh = frame.cloneNode();
  fresh.removeAttribute("src");
  frame.replaceWith(fresh);
  event.target.dataset.as = event.submitter.value;
});

// What a credit note comes to, worked out by the server.
async function addUp(form) {
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)), headers: asked });
  if (answer.ok) document.querySelector(form.dataset.sum).innerHTML = await answer.text();
}

let timer;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-letter], form[data-sum]");
  if (!form || ["to", "cc"].includes(event.target.name)) return;
  clearTimeout(timer);
  timer = setTimeout(() => ("letter" in form.dataset ? draw(form) : addUp(form)), PAUSE);
});
document.addEventListener("keydown", (event) => {
  const form = event.target.closest("form[data-letter]");
  if (form && event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
