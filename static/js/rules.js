/* data-rules: what depends on the rules of a report follows them while one writes them. The form is sent in the background;
   the preview is always shown anew, the rules only where another field, condition or button changed what they are made of. */

import { moments } from "./moments.js";

const FADES = 150; // ms until a slow answer is seen to be waited for

export function rules() {
  for (const part of document.querySelectorAll("[data-rules]")) watch(part, part.closest("form"));
}

function watch(part, form) {
  const status = form.querySelector("[data-rules-status]");
  let running = new AbortController();
  let isStale = false; // the rules on the page are not those that were chosen

  async function send(button) {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    const body = new URLSearchParams(new FormData(form));
    body.set("go", button?.value ?? "update");
    const slow = setTimeout(() => part.setAttribute("aria-busy", "true"), FADES);
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal, headers: { "X-Fragment": "1" } });
      if (!answer.ok || answer.redirected) form.requestSubmit(button); // the page that answers says what is wrong
      else show(parse(await answer.text()), button);
    } catch {
      // the server is away, or something newer is on its way
    } finally {
      clearTimeout(slow);
      if (!signal.aborted) part.removeAttribute("aria-busy");
    }
  }

  function show(fresh, button) {
    if (isStale) {
      const focused = part.contains(document.activeElement) ? document.activeElement : null;
      become("records", fresh);
      if (button && button.value !== "update") focusAfter(button.value);
      else if (focused?.id) document.getElementById(focused.id)?.focus();
    }
    isStale = false;
    become("preview", fresh);
    status.textContent = part.querySelector("[data-count]").textContent.trim().replace(/\s+/g, " ");
    moments(part);
  }

  function become(id, fresh) {
    document.getElementById(id).replaceChildren(...document.importNode(fresh.getElementById(id), true).childNodes);
  }

  /* A new rule begins with its field; after one that is gone comes the rule that has its place, or the heading */
  function focusAfter(deed) {
    const lists = [...part.querySelectorAll("select[id^=id_rule-][id$=-field]")];
    const [, what, index] = deed.match(/^remove-(rule|sort)-(\d+)$/) ?? [];
    if (what === "sort") part.querySelector(`#id_sort-${index}-field`)?.focus();
    else if (what) (lists[index] ?? lists.at(-1) ?? part.querySelector("#rules")).focus();
    else lists.at(-1)?.focus();
  }

  form.addEventListener("input", () => running.abort()); // what is being written now is not to be written over
  form.addEventListener("submit", () => running.abort());
  part.addEventListener("change", (event) => {
    isStale ||= event.target.matches("select");
    send();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=go]");
    if (!button || !/^(add|remove)-|^update$/.test(button.value)) return;
    event.preventDefault();
    isStale ||= button.value !== "update";
    send(button);
  });
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
