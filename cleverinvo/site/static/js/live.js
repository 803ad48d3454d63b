// <form data-live="#results">: what is typed or chosen shows at once, and stands in the address.
const PAUSE = 120;

// A link with data-follows leads on with what was searched; where it names a field, with its own value of that.
function follow(link) {
  const own = new URL(link.href);
  const fields = new URLSearchParams(location.search);
  const name = link.dataset.follows;
  if (name) own.searchParams.has(name) ? fields.set(name, own.searchParams.get(name)) : fields.delete(name);
  link.href = own.pathname + (fields.size ? `?${fields}` : "");
}

for (const form of document.querySelectorAll("form[data-live]")) {
  const target = () => document.querySelector(form.dataset.live);
  let timer;
  let running;

  async function show() {
    running?.abort();
    running = new AbortController();
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const address = `${form.getAttribute("action")}${fields.size ? `?${fields}` : ""}`;
    try {
      const answer = await fetch(address, { headers: { "x-requested-with": "fetch" }, signal: running.signal });
      if (!answer.ok) return form.submit();
      target().innerHTML = await answer.text(); // a part of a page from this server, escaped there
      history.replaceState(null, "", address);
      document.querySelectorAll("[data-follows]").forEach(follow);
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    show();
  });
}
