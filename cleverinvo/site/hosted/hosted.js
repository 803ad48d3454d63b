// Tells the seller that somebody has the invoice in front of them: once it was in sight for a second.
const SECOND = 1000;
const { seen } = document.querySelector("[data-seen]").dataset;
let timer;

function watch() {
  clearTimeout(timer);
  if (document.visibilityState === "visible" && !document.prerendering) {
    timer = setTimeout(tell, SECOND);
  }
}

function tell() {
  document.removeEventListener("visibilitychange", watch);
  navigator.sendBeacon(seen);
}

document.addEventListener("visibilitychange", watch);
document.addEventListener("prerenderingchange", watch);
watch();
