/* Forms are sent once: a second click while the first is on its way does nothing. */

const GIVE_UP_AFTER = 10_000; // the network failed, or the answer was a download: let them try again

export function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ("sent" in form.dataset) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "";
    setTimeout(() => delete form.dataset.sent, GIVE_UP_AFTER);
  });

  // Back brings a page as it was left
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
}
