// Sends the chosen image as it is; the server makes it safe to print.
const box = document.getElementById("logo");
if (box) {
  box.hidden = false;
  const input = document.getElementById("logo-file");
  input.addEventListener("change", async () => {
    const [file] = input.files;
    if (!file) return;
    const headers = { "x-requested-with": "fetch", "content-type": file.type };
    const answer = await fetch("/settings/logo", { method: "POST", headers, body: file });
    if (answer.ok) return location.reload();
    const { error } = await answer.json();
    document.getElementById("logo-fault").textContent = error.details[0]?.message ?? error.message;
  });
}
