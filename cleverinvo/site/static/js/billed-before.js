// Lines that were billed before, offered while a description is typed: the client's own first. Choosing one fills its
// line, but for the quantity, and for the price where it was in another currency.
import { draw } from "./options.js";

const SHOWN = 8;
const asked = { "x-requested-with": "fetch" };

export function billedBefore(lines, fill, say) {
  const list = Object.assign(document.createElement("div"), { id: "before-options", className: "options", role: "listbox", ariaLabel: "Billed before" });
  let known = [];
  let found = [];
  let at = -1;

  const isOpen = () => list.isConnected;
  const of = (event) => event.target.closest('[name="line.description"]');

  function open(area, words) {
    const wanted = words.trim().toLowerCase();
    const isOther = (line) => line.currency !== area.form.elements.currency.value;
    found = known.filter((line) => line.description.toLowerCase().includes(wanted) && line.description.toLowerCase() !== wanted);
    found = found.sort((one, two) => isOther(one) - isOther(two)).slice(0, SHOWN);
    at = -1;
    if (!found.length) return close(area);
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    show(area);
    say(`${found.length} billed before; arrow down to choose`);
  }

  function close(area) {
    list.remove();
    for (const name of ["aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
  }

  const show = (area) => draw(area, list, found.map((line) => ({ ...line, title: line.description.split("\n")[0] })), at, (line) => pick(area, line));

  function pick(area, line) {
    close(area);
    fill(area.closest(".line"), line);
  }

  lines.addEventListener("input", (event) => {
    const area = of(event);
    if (!area) return;
    if (area.value.trim() && !area.value.includes("\n")) open(area, area.value);
    else close(area);
  });
  lines.addEventListener("focusout", (event) => of(event) && close(of(event)));
  lines.addEventListener("keydown", (event) => {
    const area = of(event);
    if (!area || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === 1 && !isOpen() && !area.value) open(area, "");
    if (!isOpen()) return;
    if (step) {
      at = (at + step + found.length + (at < 0 && step < 0 ? 1 : 0)) % found.length;
      show(area);
    } else if (event.key === "Enter" && at >= 0) pick(area, found[at]);
    else if (event.key === "Escape") close(area);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return async (clientId) => {
    const answer = await fetch(`/invoices/lines?clientId=${clientId}`, { headers: asked }).catch(() => ({})); // none without a connection
    if (answer.ok) known = await answer.json();
    return known;
  };
}
