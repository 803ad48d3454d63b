// The bar below a list shows itself when something is chosen, and says how much.
const bar = document.getElementById("bulk");
if (bar) {
  const count = () => document.querySelectorAll('input[name="id"]:checked').length;
  const show = () => {
    bar.hidden = count() === 0;
    document.getElementById("chosen").textContent = `${count()} chosen`;
  };
  document.addEventListener("change", (event) => event.target.name === "id" && show());
  new MutationObserver(show).observe(document.getElementById("found"), { childList: true });
  show();
}
