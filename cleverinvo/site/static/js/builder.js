// The invoice builder: totals at every keystroke, the sheet a moment later, lines by keyboard, and nothing lost.
import "./client-field.js";
import { format, price } from "./money.js";

const PREVIEW_PAUSE = 120;
const SAVE_PAUSE = 1200;
const SAY_PAUSE = 900;
const KEPT = "invoice being written";

const form = document.getElementById("builder");
const lines = document.getElementById("lines");
const preview = document.getElementById("preview");
const sheet = document.getElementById("sheet");
const say = document.getElementById("say");
const state = document.getElementById("state");
const draft = form.dataset.draft;

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
  const typed = rows().map((row) => Object.fromEntries(["quantity", "unitPrice", "discount", "taxRate", "taxCategory"].map((name) => [name, value(row, name)])));
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
let isSaving = false;
let isDirty = false;
async function save() {
  if (!draft) {
    localStorage.setItem(KEPT, JSON.stringify([...new FormData(form)]));
    return tell("unsaved", "Kept in this browser");
  }
  if (isSaving || !isDirty) return;
  isSaving = true;
  isDirty = false;
  tell("saving", "Saving…");
  const fields = new FormData(form);
  fields.set("action", "save");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(fields), headers: asked });
    const saved = await answer.json();
    if (answer.ok) {
      form.elements.etag.value = saved.etag;
      tell("saved", "Saved");
    } else if (answer.status === 412) tell("failed", "Changed elsewhere: save to see how");
    else if (answer.status === 422) tell("unsaved", `Not saved yet: ${saved.error.details[0]?.message ?? saved.error.message}`);
    else tell("failed", saved.error.message);
  } catch {
    isDirty = true;
    tell("failed", "Not saved: no connection");
  }
  isSaving = false;
  if (isDirty) later.save = setTimeout(save, SAVE_PAUSE);
}

const later = {};
function changed() {
  const total = addUp();
  isDirty = true;
  if (draft) tell("unsaved", "Not saved yet");
  preview.dataset.busy = "";
  for (const timer of Object.values(later)) clearTimeout(timer);
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
  if (copied) for (const name of ["description", "quantity", "unitPrice", "discount", "taxRate", "unit", "taxCategory"]) field(row, name).value = value(copied, name);
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
});
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
form.addEventListener("submit", () => {
  for (const timer of Object.values(later)) clearTimeout(timer);
  isDirty = false;
  if (!draft) sessionStorage.setItem(KEPT, "submitted");
});
addEventListener("beforeunload", (event) => {
  if (draft && isDirty) event.preventDefault();
});

// What was being written when the page was left comes back, unless it has been saved since.
function recall() {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  const names = ["description", "quantity", "unitPrice", "discount", "taxRate", "unit", "taxCategory"];
  const values = Object.fromEntries(names.map((name) => [name, kept.filter(([key]) => key === `line.${name}`).map(([, text]) => text)]));
  if (!values.description.some((text) => text.trim())) return;
  rows().slice(1).forEach((row) => row.remove());
  values.description.forEach((_, place) => {
    if (place) addLine();
    for (const name of names) field(rows()[place], name).value = values[name][place] ?? "";
  });
  for (const name of ["currency", "purchaseOrder", "notes", "terms", "buyerReference", "deliveryDate", "taxExemptionReason", "discount"]) form.elements[name].value = kept.find(([key]) => key === name)?.[1] ?? "";
  document.activeElement.blur();
  changed();
  tell("unsaved", "Brought back from this browser");
}
if (draft || sessionStorage.getItem(KEPT) === "submitted") {
  if (!("faulty" in form.dataset)) localStorage.removeItem(KEPT);
  sessionStorage.removeItem(KEPT);
}
if (!draft && !("faulty" in form.dataset)) recall();
else if (draft) tell("saved", "Saved");
