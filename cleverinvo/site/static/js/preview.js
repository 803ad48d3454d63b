// The sample invoice follows what is typed, and a logo that was only chosen; nothing is stored before one says so.
const PAUSE = 300;
const form = document.getElementById("looks");
const image = document.getElementById("preview");
const words = document.getElementById("preview-words");
const usual = words.textContent;
const shown = form.dataset.shown.split(" ");
let timer;
let running;
let logo;

function address() {
  const fields = new FormData(form);
  return `/settings/preview.png?${new URLSearchParams(shown.map((name) => [name, fields.get(name) ?? ""]))}`;
}

async function draw() {
  running?.abort();
  running = new AbortController();
  const headers = { "x-requested-with": "fetch", ...(logo && { "content-type": logo.type }) };
  try {
    const answer = await fetch(address(), { method: logo ? "POST" : "GET", body: logo, headers, signal: running.signal });
    if (!answer.ok) return say((await answer.json()).error);
    const reader = new FileReader();
    reader.addEventListener("load", () => (image.src = reader.result));
    reader.readAsDataURL(await answer.blob());
    words.textContent = usual;
  } catch (error) {
    if (error.name !== "AbortError") words.textContent = "The preview cannot be made now.";
  }
}

function say(error) {
  words.textContent = error.details[0]?.message ?? error.message;
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE);
});
document.getElementById("show")?.remove();

const box = document.getElementById("logo");
if (box) {
  const use = document.getElementById("logo-use");
  box.hidden = false;
  document.getElementById("logo-file").addEventListener("change", ({ target }) => {
    [logo] = target.files;
    use.hidden = !logo;
    draw();
  });
  use.addEventListener("click", async () => {
    const headers = { "x-requested-with": "fetch", "content-type": logo.type };
    const answer = await fetch("/settings/logo", { method: "POST", headers, body: logo });
    if (answer.ok) return location.reload();
    const { error } = await answer.json();
    document.getElementById("logo-fault").textContent = error.details[0]?.message ?? error.message;
  });
}
