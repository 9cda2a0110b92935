/* data-read-csr="url" around a CSR box: shows under the box what the CSR in it holds, while one is still there. */

import { background } from "./background.js";

const PAUSE = 400; // ms without typing

export function readCsr() {
  for (const part of document.querySelectorAll("[data-read-csr]")) watch(part);
}

function watch(part) {
  const box = part.querySelector("textarea");
  const shown = part.querySelector(".csr-read");
  const token = box.form.elements.csrfmiddlewaretoken.value;
  let timer;
  let running = new AbortController();

  async function read() {
    running.abort();
    if (!box.value.trim()) {
      shown.replaceChildren();
      return;
    }
    running = new AbortController();
    const { signal } = running;
    const body = new URLSearchParams({ csr: box.value, csrfmiddlewaretoken: token });
    const answer = await background(part.dataset.readCsr, { method: "POST", body, signal });
    if (!signal.aborted) show(answer);
  }

  function show(answer) {
    shown.innerHTML = answer ?? "";
    // What was wrong with the text that was sent is no longer of this text
    part.querySelector(".field .error")?.remove();
    part.querySelector(".field-wrong")?.classList.remove("field-wrong");
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(read, PAUSE);
  });
  if (!part.querySelector(".field-wrong")) read();
}
