/* data-introduction around slides of which one is shown: its arrows, and the arrow keys, step without loading a page, and the
   checkbox keeps itself. */

export function introduction() {
  const root = document.querySelector("[data-introduction]");
  if (root) run(root);
}

function run(root) {
  const slides = [...root.querySelectorAll(".slide")];
  const steps = { "-1": root.querySelector("[data-step='-1']"), 1: root.querySelector("[data-step='1']") };
  const position = root.querySelector("[role=status]");
  let shown = slides.findIndex((slide) => !slide.hidden);

  function step(by) {
    const wanted = shown + Number(by);
    if (!slides[wanted]) return;
    shown = wanted;
    slides.forEach((slide, at) => (slide.hidden = at !== shown));
    position.firstElementChild.textContent = slides[shown].dataset.position;
    position.lastElementChild.textContent = slides[shown].querySelector("h2").textContent;
    for (const [way, link] of Object.entries(steps)) lead(link, shown + Number(way));
    history.replaceState(null, "", address(shown));
  }

  /** A link at the end of the slides stays where it is, so that it keeps the focus. */
  function lead(link, at) {
    link.href = address(slides[at] ? at : shown);
    link.ariaDisabled = slides[at] ? null : "true";
  }

  function address(at) {
    const url = new URL(location.href);
    url.searchParams.set("slide", at + 1);
    return url.pathname + url.search;
  }

  for (const [way, link] of Object.entries(steps)) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      step(way);
    });
  }

  document.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const elsewhere = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("dialog");
    if (by && !elsewhere) step(by);
  });

  keepChoice(root.querySelector("form"));
}

function keepChoice(form) {
  form.addEventListener("change", () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("go", "keep");
    fetch(form.action, { method: "POST", body }).catch(() => {}); // Close keeps it too
  });
}
