/* data-autosubmit on a form: a changed select sends it. The select has the focus again on the page that answers. */

const LAST = "autosubmit";

export function autosubmit() {
  const last = sessionStorage.getItem(LAST);
  sessionStorage.removeItem(LAST);
  for (const form of document.querySelectorAll("form[data-autosubmit]")) {
    if (last) form.querySelector(`select[id="${CSS.escape(last)}"]`)?.focus();
    form.addEventListener("change", (event) => {
      if (!event.target.matches("select")) return;
      sessionStorage.setItem(LAST, event.target.id);
      form.requestSubmit();
    });
  }
}
