// What a combobox offers, as a listbox: each entry has a title, and may have something about it and keys. (ARIA.)
export function draw(input, list, entries, at, pick) {
  list.replaceChildren(
    ...entries.map((entry, place) => {
      const option = Object.assign(document.createElement("div"), { className: "option", role: "option", id: `${list.id}-${place}`, ariaSelected: String(place === at) });
      const words = document.createElement("span");
      words.textContent = entry.title;
      if (entry.about) words.append(Object.assign(document.createElement("small"), { textContent: entry.about }));
      option.append(words);
      if (entry.keys) option.append(Object.assign(document.createElement("span"), { className: "keys", textContent: entry.keys }));
      option.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where one types
      option.addEventListener("click", () => pick(entry));
      return option;
    }),
  );
  input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}
