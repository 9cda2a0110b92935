/* data-keep on a wizard's form: what is typed is kept on the server while one types, so that a session that ends, or a
   browser that closes, loses nothing. The answer says where the draft is from now on. */

const PAUSE = 1500; // ms without typing

export function keepTyped() {
  for (const form of document.querySelectorAll("form[data-keep]")) watch(form);
}

function watch(form) {
  let timer;
  let running = new AbortController();

  async function keep() {
    running.abort();
    running = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("go", "keep");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: running.signal, redirect: "manual" });
      const draft = answer.headers.get("X-Draft");
      if (draft) form.action = draft;
    } catch {
      // the server is away: the next letter tries again, and sending the form says what is wrong
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    running.abort();
  });
}
