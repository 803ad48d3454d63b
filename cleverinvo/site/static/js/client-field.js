// <client-field><select>: a select becomes a field to type into, which finds any client and makes a new one of a name
// that nobody has. The select keeps the value, so the form is the same with and without a script. (ARIA combobox.)
import { draw } from "./options.js";

const PAUSE = 120;

class ClientField extends HTMLElement {
  connectedCallback() {
    this.select = this.querySelector("select");
    this.created = document.querySelector("input[name=newClient]");
    this.input = document.createElement("input");
    this.list = document.createElement("div");
    this.input.id = this.select.id;
    this.input.autocomplete = "off";
    this.input.spellcheck = false;
    this.input.placeholder = "Type a name";
    this.input.role = "combobox";
    for (const [name, value] of Object.entries({ "aria-controls": "client-options", "aria-autocomplete": "list", "aria-expanded": "false" })) this.input.setAttribute(name, value);
    for (const name of ["aria-invalid", "aria-describedby"]) if (this.select.hasAttribute(name)) this.input.setAttribute(name, this.select.getAttribute(name));
    Object.assign(this.list, { id: "client-options", className: "options", role: "listbox", ariaLabel: "Clients", hidden: true });
    this.select.removeAttribute("id");
    this.select.hidden = true;
    this.input.value = this.chosen();
    this.append(this.input, this.list);
    this.at = 0;
    this.entries = [];
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.open());
    this.input.addEventListener("input", (event) => {
      event.stopPropagation();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), PAUSE);
    });
    this.input.addEventListener("blur", () => this.leave());
    this.input.addEventListener("keydown", (event) => this.press(event));
  }

  // What was chosen before, also where it is none of those that the page came with.
  recall(id, created, name) {
    this.created.value = created ?? "";
    this.choose(id ?? "", name);
  }

  // A new client that the server has put on file is made no second time.
  settle(name, id) {
    if (!name || this.created.value !== name) return;
    this.created.value = "";
    this.choose(id, name);
  }

  choose(id, name) {
    if (id && ![...this.select.options].some((option) => option.value === id)) this.select.add(new Option(name, id));
    this.select.value = id;
    if (document.activeElement !== this.input) this.input.value = this.chosen();
  }

  focus() {
    this.input.focus();
  }

  chosen() {
    return this.created.value || (this.select.value ? this.select.selectedOptions[0].text : "");
  }

  open() {
    this.show([...this.select.options].slice(1).map((option) => ({ id: option.value, name: option.text, about: option.dataset.about, currency: option.dataset.currency })));
  }

  async look() {
    const words = this.input.value.trim();
    if (!words) return this.open();
    const answer = await fetch(`/clients/find?q=${encodeURIComponent(words)}`, { headers: { "x-requested-with": "fetch" } });
    if (!answer.ok || words !== this.input.value.trim()) return;
    const found = await answer.json();
    const isKnown = found.some((client) => client.name.toLowerCase() === words.toLowerCase());
    this.show(isKnown ? found : [...found, { id: "", name: words, title: `Create client “${words}”`, isNew: true }]);
  }

  show(entries) {
    this.entries = entries.map((entry) => ({ title: entry.name, ...entry }));
    this.at = 0;
    this.toggle(entries.length > 0);
  }

  toggle(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    this.draw();
  }

  draw() {
    draw(this.input, this.list, this.list.hidden ? [] : this.entries, this.at, (entry) => this.pick(entry));
  }

  pick(entry) {
    this.created.value = entry.isNew ? entry.name : "";
    this.choose(entry.id, entry.name);
    this.input.value = entry.name;
    this.toggle(false);
    this.select.dispatchEvent(new CustomEvent("client", { bubbles: true, detail: entry }));
    this.select.dispatchEvent(new Event("input", { bubbles: true }));
  }

  leave() {
    clearTimeout(this.timer);
    this.toggle(false);
    this.input.value = this.chosen();
  }

  press(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) return this.open();
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.entries.length) % (this.entries.length || 1);
      this.draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (!this.list.hidden && this.entries[this.at]) this.pick(this.entries[this.at]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.leave();
    }
  }
}

customElements.define("client-field", ClientField);
