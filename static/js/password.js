/* data-password-rule: ticks off each line of the rule for passwords while one types. The server checks them all again. */

const MET = {
  length: (text) => [...text].length >= 8 && [...text].length <= 128,
  digit: (text) => /\p{Nd}/u.test(text),
  letter: (text) => /\p{L}/u.test(text),
  symbol: (text) => /[^\p{L}\p{N}\s]/u.test(text),
};

export function passwordRule() {
  for (const field of document.querySelectorAll("[data-password-rule]")) {
    const box = field.querySelector("input");
    box.addEventListener("input", () => tick(field, box.value));
    tick(field, box.value);
  }
}

function tick(field, text) {
  for (const line of field.querySelectorAll("[data-rule]")) {
    const isMet = Boolean(text) && MET[line.dataset.rule](text);
    line.classList.toggle("is-met", isMet);
    line.querySelector(".met").hidden = !isMet;
  }
}
