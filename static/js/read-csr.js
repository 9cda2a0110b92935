/* data-read-csr="url" around a CSR box: shows under the box what the CSR in it holds, while one is still there. What that
   means for a certificate depends on the profile and the type, where the form asks for them. */

import { background } from "./background.js";
import { copyButtons } from "./copy.js";

const PAUSE = 400; // ms without typing
const DEPENDS_ON = ["profile", "level"];

export function readCsr() {
  for (const part of document.querySelectorAll("[data-read-csr]")) watch(part);
}

function watch(part) {
  const box = part.querySelector("textarea");
  const [status, shown] = part.querySelector(".csr-read").children;
  const fields = box.form.elements;
  const others = DEPENDS_ON.filter((name) => fields[name]);
  let timer;
  let running = new AbortController();

  async function read() {
    running.abort();
    if (!box.value.trim()) {
      show("");
      return;
    }
    running = new AbortController();
    const { signal } = running;
    const body = new URLSearchParams({ csr: box.value, csrfmiddlewaretoken: fields.csrfmiddlewaretoken.value });
    for (const name of others) body.set(name, fields[name].value);
    const answer = await background(part.dataset.readCsr, { method: "POST", body, signal });
    if (!signal.aborted) show(answer ?? "");
  }

  function show(answer) {
    shown.innerHTML = answer;
    status.replaceChildren(...shown.querySelectorAll("[data-says]"));
    copyButtons(shown);
    // What was wrong with the text that was sent is no longer of this text
    part.querySelector(".field .error")?.remove();
    part.querySelector(".field-wrong")?.classList.remove("field-wrong");
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE);
  });
  for (const name of others) fields[name].addEventListener("change", read);
  if (box.value !== box.defaultValue) read(); // the browser has put back what stood there
}
