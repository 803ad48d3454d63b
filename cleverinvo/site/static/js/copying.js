// <button data-copy="#id"> copies the text of an element.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(document.querySelector(button.dataset.copy));
  const words = button.lastChild;
  const before = words.textContent;
  words.textContent = "Copied";
  setTimeout(() => (words.textContent = before), 1500);
});

// Browsers give the clipboard to pages over HTTPS only; over HTTP the old way is left, which copies what is selected.
async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
}
