// The bar below a list shows itself when something is chosen, and says how much; one box chooses all.
const bar = document.getElementById("bulk");
if (bar) {
  const boxes = (chosen = "") => document.querySelectorAll(`input[name="id"]${chosen}`);
  const show = () => {
    const count = boxes(":checked").length;
    const all = document.querySelector("[data-all]");
    bar.hidden = count === 0;
    document.getElementById("chosen").textContent = `${count} chosen`;
    if (!all) return;
    all.hidden = false;
    all.checked = count === boxes().length;
    all.indeterminate = count > 0 && !all.checked;
  };
  document.addEventListener("change", (event) => {
    if ("all" in event.target.dataset) for (const box of boxes()) box.checked = event.target.checked;
    if ("all" in event.target.dataset || event.target.name === "id") show();
  });
  new MutationObserver(show).observe(document.getElementById("found"), { childList: true });
  show();
}
