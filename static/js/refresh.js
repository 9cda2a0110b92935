/* data-refresh="url": becomes the fragment at the url, again and again while the fragment has data-refresh itself.
   When it no longer has, the parts of the page with data-refresh-last are brought up to date once. */

import { background } from "./background.js";
import { copyButtons } from "./copy.js";
import { moments } from "./moments.js";

const EVERY = 1000;
const EVERY_LATER = 5000;
const LATER = 30_000;

export function refresh() {
  for (const part of document.querySelectorAll("[data-refresh]")) follow(part, part.outerHTML, Date.now());
}

function follow(part, shown, since) {
  setTimeout(() => step(part, shown, since), Date.now() - since < LATER ? EVERY : EVERY_LATER);
}

async function step(part, shown, since) {
  const answer = document.hidden ? null : await background(part.dataset.refresh);
  const fresh = answer === null ? null : parse(answer).getElementById(part.id);
  if (fresh && fresh.outerHTML !== shown) {
    shown = fresh.outerHTML;
    become(part, fresh);
  }
  if (part.dataset.refresh) follow(part, shown, since);
  else bringUpToDate();
}

async function bringUpToDate() {
  const answer = await background(location.href);
  if (answer === null) return;
  const page = parse(answer);
  for (const part of document.querySelectorAll("[data-refresh-last]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) become(part, fresh);
  }
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Gives `part` the attributes and the content of `fresh`. The element itself stays, so that a screen reader that listens
    to it goes on hearing; what had the focus in it has it again. */
function become(part, fresh) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const opened = [...part.querySelectorAll("details")].map((details) => details.open);
  for (const name of part.getAttributeNames()) part.removeAttribute(name);
  for (const { name, value } of fresh.attributes) part.setAttribute(name, value);
  part.replaceChildren(...document.importNode(fresh, true).childNodes);
  for (const [index, details] of part.querySelectorAll("details").entries()) details.open = opened[index] ?? details.open;
  copyButtons(part);
  moments(part);
  if (focused) twin(focused, part)?.focus();
}

function twin(element, root) {
  const href = element.getAttribute("href");
  const wanted = element.id ? `#${CSS.escape(element.id)}` : href ? `a[href="${CSS.escape(href)}"]` : element.localName;
  return root.querySelector(wanted);
}
