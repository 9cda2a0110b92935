/* data-copy="text": a button that copies the text; data-copy-from="id": one that copies what is in the element with the id.
   They show themselves, since they are of no use without JavaScript. */

const SAID_FOR = 1500;

const announcer = document.createElement("div");
announcer.className = "visually-hidden";
announcer.setAttribute("role", "status");

async function copy(button) {
  try {
    await navigator.clipboard.writeText(textOf(button));
  } catch {
    return; // not allowed here: the text can still be selected by hand
  }
  const said = button.dataset.copied;
  button.dataset.said = announcer.textContent = said;
  setTimeout(() => {
    delete button.dataset.said;
    announcer.textContent = "";
  }, SAID_FOR);
}

function textOf({ dataset }) {
  if (dataset.copy !== undefined) return dataset.copy;
  const from = document.getElementById(dataset.copyFrom);
  return from.value ?? from.textContent;
}

/** Bring the copy buttons under `root` to life; called again for parts of the page that were replaced. */
export function copyButtons(root) {
  if (!navigator.clipboard) return; // plain http on another machine than one's own
  if (!announcer.isConnected) document.body.append(announcer);
  for (const button of root.querySelectorAll("[data-copy], [data-copy-from]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}
