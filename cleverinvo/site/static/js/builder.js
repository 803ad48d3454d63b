// The invoice builder: totals at every keystroke, the sheet a moment later, lines by keyboard, and nothing lost.
import "./client-field.js";
import { billedBefore } from "./billed-before.js";
import { keeper } from "./keeping.js";
import { format, price } from "./money.js";

const PREVIEW_PAUSE = 120;
const SAVE_PAUSE = 1200;
const RETRY_PAUSE = 3000;
const SAY_PAUSE = 900;
const AWAY = "no connection. Nothing is lost; it is kept in this browser";

const form = document.getElementById("builder");
const lines = document.getElementById("lines");
const preview = document.getElementById("preview");
const sheet = document.getElementById("sheet");
const say = document.getElementById("say");
const state = document.getElementById("state");
const draft = form.dataset.draft;
const kept = keeper(form.dataset.person, draft);
const client = form.querySelector("client-field");
if (!draft) form.setAttribute("action", location.pathname + location.search);

const NAMES = ["description", "quantity", "unitPrice", "discount", "taxRate", "unit", "taxCategory"];
const rows = () => [...lines.querySelectorAll(".line")];
const field = (row, name) => row.querySelector(`[name="line.${name}"]`);
const value = (row, name) => field(row, name).value;
const isBlank = (row) => !(value(row, "description").trim() || value(row, "unitPrice").trim());
const asked = { "x-requested-with": "fetch" };

function tell(name, words) {
  state.dataset.state = name;
  state.textContent = words;
}

function addUp() {
  const currency = form.elements.currency.value;
  const digits = Number(form.elements.currency.selectedOptions[0].dataset.digits);
  const typed = rows().map((row) => Object.fromEntries(NAMES.map((name) => [name, value(row, name)])));
  const sums = price(typed, form.elements.discount.value, digits);
  rows().forEach((row, place) => (row.querySelector("output").textContent = isBlank(row) ? "" : format(sums.amounts[place], currency, digits)));
  for (const element of form.querySelectorAll("[data-sum]")) {
    const name = element.dataset.sum;
    element.textContent = format(name === "discountTotal" ? -sums[name] : sums[name], currency, digits);
  }
  form.querySelector("[data-row=discountTotal]").hidden = !sums.discountTotal;
  return format(sums.total, currency, digits);
}

let drawing;
async function draw() {
  drawing?.abort();
  drawing = new AbortController();
  try {
    const answer = await fetch("/invoices/preview", { method: "POST", body: new URLSearchParams(new FormData(form)), headers: asked, signal: drawing.signal });
    if (answer.ok) sheet.innerHTML = await answer.text(); // made by this server from a template that escapes
    delete preview.dataset.busy;
  } catch (error) {
    if (error.name !== "AbortError") tell("failed", "No connection");
  }
}

// A stored draft saves itself; a new one, which would take a number, is kept in this browser until somebody saves it.
let saving; // until the server has answered: what is sent meanwhile would be taken for another hand's
let version = 0; // counts changes: what was typed while the server answered is not saved
let saved = 0;
const isDirty = () => version > saved;

async function save() {
  if (!draft) return tell("unsaved", keep() ? "Kept in this browser" : "Not saved yet");
  if (saving || !isDirty()) return;
  tell("saving", "Saving…");
  saving = post("save");
  const answer = await saving;
  saving = undefined;
  if (!answer) return wait(AWAY);
  if (answer.ok) return adopt(answer);
  if (answer.status === 412) return tell("failed", "Changed elsewhere: save to see how");
  const { error } = answer.said;
  if (answer.status === 422) return tell("unsaved", `Not saved yet: ${error.details[0]?.message ?? error.message}`);
  wait(error.message, answer.status);
}

// What the server said; undefined where it could not be reached, or something before it answered instead.
async function post(action, at = version) {
  const fields = new FormData(form);
  fields.set("action", action);
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(fields), headers: asked });
    if (!answer.headers.get("content-type")?.includes("json")) return undefined;
    const said = await answer.json();
    if (answer.ok) saved = at;
    return { ok: answer.ok, status: answer.status, said, newClient: fields.get("newClient") };
  } catch {
    return undefined;
  }
}

function adopt({ said, newClient }) {
  form.elements.etag.value = said.etag;
  client.settle(newClient, said.clientId);
  if (isDirty()) return (later.save = setTimeout(save, SAVE_PAUSE));
  kept.forget();
  tell("saved", "Saved");
}

// A server that is away comes back; one that refuses goes on refusing until something is changed.
function wait(words, status = 503) {
  keep();
  tell("failed", `Not saved: ${words}`);
  if (draft && status >= 500) later.save = setTimeout(save, RETRY_PAUSE);
}

// By one of the buttons. A page that cannot be reached leaves this one as it is, with all that was typed.
let isLeaving = false;
async function submit(action) {
  if (isLeaving) return;
  isLeaving = true;
  await saving;
  quieten();
  const focused = document.activeElement;
  keep();
  tell("saving", "Saving…");
  form.inert = true; // nothing is typed that would not be taken along
  const answer = await post(action);
  form.inert = isLeaving = false;
  focused.focus();
  if (!answer) return wait(AWAY);
  if (answer.ok) {
    adopt(answer);
    if (action !== "save" || !draft) leave(answer.said.next);
  } else if ([409, 412, 422].includes(answer.status)) refuse(action);
  else wait(answer.said.error.message, answer.status);
}

function leave(next) {
  saved = version;
  kept.forget();
  location.assign(next);
}

// The server tells on a page of its own what is wrong; nothing was stored.
function refuse(action) {
  saved = version;
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "action", value: action }));
  form.submit();
}

const later = {};
const quieten = () => Object.values(later).forEach(clearTimeout);

function changed() {
  const total = addUp();
  version += 1;
  if (draft) tell("unsaved", "Not saved yet");
  preview.dataset.busy = "";
  quieten();
  later.draw = setTimeout(draw, PREVIEW_PAUSE);
  later.save = setTimeout(save, SAVE_PAUSE);
  later.say = setTimeout(() => (say.textContent = `Total ${total}`), SAY_PAUSE);
}

function renumber() {
  rows().forEach((row, place) => {
    row.setAttribute("aria-label", `Line ${place + 1}`);
    row.querySelector("summary").setAttribute("aria-label", `Line ${place + 1}: more`);
    for (const element of row.querySelectorAll("[id], [for]")) {
      if (element.id) element.id = element.id.replace(/\d+$/, place);
      if (element.htmlFor) element.htmlFor = String(element.htmlFor).replace(/\d+/g, place);
    }
    for (const button of row.querySelectorAll("button")) button.value = button.value.replace(/\d+$/, place);
  });
}

function addLine(after, copied) {
  const row = document.getElementById("line").content.querySelector(".line").cloneNode(true);
  const before = after ?? rows().at(-1);
  if (copied) for (const name of NAMES) field(row, name).value = value(copied, name);
  else if (before) field(row, "taxRate").value = value(before, "taxRate"); // most invoices have one rate
  before ? before.after(row) : lines.append(row);
  renumber();
  field(row, "description").focus();
  changed();
}

function removeLine(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (!next) return addLine();
  renumber();
  field(next, "description").focus();
  changed();
  say.textContent = "Line removed";
}

function moveLine(row, by) {
  const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  const focused = document.activeElement;
  by < 0 ? other.before(row) : other.after(row);
  renumber();
  (row.contains(focused) && focused.tagName !== "BUTTON" ? focused : field(row, "description")).focus();
  changed();
  say.textContent = `Now line ${rows().indexOf(row) + 1}`;
}

const ACTIONS = {
  add_line: () => addLine(),
  copy_line: (row) => addLine(row, row),
  remove_line: removeLine,
  raise_line: (row) => moveLine(row, -1),
  lower_line: (row) => moveLine(row, 1),
};

form.addEventListener("input", changed);
form.addEventListener("client", (event) => {
  if (event.detail.currency) form.elements.currency.value = event.detail.currency;
  remember();
});

// What was billed before is offered again; most invoices of a client have one rate of tax.
const look = billedBefore(lines, fill, (words) => (say.textContent = words));
async function remember() {
  const [latest] = await look(client.select.value);
  const first = rows()[0];
  if (!latest?.isTheirs || draft || !rows().every(isBlank) || value(first, "taxRate")) return;
  field(first, "taxRate").value = latest.taxRate;
}

function fill(row, line) {
  const left = ["quantity", "discount", line.currency !== form.elements.currency.value && "unitPrice"];
  for (const name of NAMES) if (!left.includes(name)) field(row, name).value = line[name];
  field(row, "quantity").focus();
  field(row, "quantity").select();
  changed();
}
remember();
form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=action]");
  const action = ACTIONS[button?.value.split(":")[0]];
  if (!action) return;
  event.preventDefault();
  action(button.closest(".line"));
});
form.addEventListener("keydown", (event) => {
  const row = event.target.closest(".line");
  const isCommand = event.metaKey || event.ctrlKey;
  if (isCommand && (event.key === "Enter" || event.key.toLowerCase() === "s")) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(`[value="${event.key === "Enter" ? "send" : "save"}"]`));
  } else if (row && event.key === "Enter" && !event.shiftKey && event.target.matches("input, textarea")) {
    event.preventDefault();
    addLine(row);
  } else if (row && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    moveLine(row, event.key === "ArrowUp" ? -1 : 1);
  }
});
// What an e-invoice lacks may lie in a part of the form that is closed.
form.addEventListener("click", (event) => {
  const target = form.querySelector(event.target.closest(".lacks a[href^='#']")?.hash || null);
  const closed = target?.closest("details");
  if (closed) closed.open = true;
  target?.focus();
});
form.addEventListener("submit", (event) => {
  const action = event.submitter?.value;
  event.preventDefault();
  if (["save", "send", "overwrite"].includes(action)) submit(action);
});
addEventListener("beforeunload", (event) => {
  if (draft && isDirty()) event.preventDefault();
});
addEventListener("pagehide", () => {
  if (isDirty()) keep();
});

// Links that say so leave what was typed behind.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-drop]")) return;
  saved = version;
  kept.forget();
});

// What was being written when the page was left comes back, unless it has been saved since.
function keep() {
  return kept.keep({ fields: [...new FormData(form)], client: client.chosen() });
}

function recall({ fields, client: name }) {
  const columns = Object.fromEntries(NAMES.map((of) => [of, fields.filter(([key]) => key === `line.${of}`).map(([, text]) => text)]));
  rows().slice(1).forEach((row) => row.remove());
  columns.description.forEach((_, place) => {
    if (place) addLine();
    for (const of of NAMES) field(rows()[place], of).value = columns[of][place] ?? "";
  });
  const said = Object.fromEntries(fields);
  for (const of in said) if (!/^line|[cC]lient|number|action/.test(of)) form.elements[of].value = said[of];
  client.recall(said.clientId, said.newClient, name);
  document.activeElement.blur();
  changed();
  tell("unsaved", "Brought back from this browser");
}

const given = new URLSearchParams(location.search).get("clientId");
const TELLING = ["line.description", "line.unitPrice", "notes", "terms", "newClient", "clientId"];
const isWritten = (one) => one?.fields.some(([key, text]) => TELLING.includes(key) && text.trim() && text !== given);

function offer(one) {
  const note = document.getElementById("kept");
  note.querySelector("b").textContent = one.client ? `for ${one.client}` : "without a client";
  note.hidden = false;
  note.addEventListener("click", (event) => {
    const choice = event.target.closest("button")?.dataset.kept;
    if (!choice) return;
    if (choice === "back") recall(one);
    kept.forget(one.name);
    note.hidden = true;
  });
}

const isFaulty = "faulty" in form.dataset;
const mine = isFaulty ? null : kept.own();
if (isFaulty) version += 1;
else if (isWritten(mine)) {
  recall(mine);
  document.getElementById("back").hidden = Boolean(draft);
} else if (draft) tell("saved", "Saved");
else {
  const other = kept.other();
  if (isWritten(other)) offer(other);
  if (matchMedia("(hover: hover)").matches) (given && client.select.value ? field(rows()[0], "description") : client).focus();
}
