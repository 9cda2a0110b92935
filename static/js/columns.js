/* data-columns="keys of all fields": fields move between the two lists, and up and down in the selected one, without asking
   the server: by the buttons, by dragging, and by Alt and an arrow key. The hidden input of a selected field is what counts. */

export function columns() {
  for (const part of document.querySelectorAll("[data-columns]")) watch(part);
}

function watch(part) {
  const [available, selected] = ["available", "selected"].map((name) => part.querySelector(`[data-list=${name}]`));
  const keys = part.dataset.columns.trim().split(/\s+/);
  const status = part.querySelector("[role=status]");
  const moves = {
    add: () => ticked(available).forEach((row) => put(row, null)),
    remove: () => ticked(selected).forEach(remove),
    up: () => ticked(selected).forEach((row) => shift(row, row.previousElementSibling, "before")),
    down: () => ticked(selected).reverse().forEach((row) => shift(row, row.nextElementSibling, "after")),
  };
  let dragged = null;

  /* Before another selected field, or at the end */
  function put(row, next) {
    selected.insertBefore(row, next);
    own(row).disabled = false;
    box(row).checked = false;
    say(row);
  }

  /* To its place among the available fields */
  function remove(row) {
    const isLater = (other) => keys.indexOf(other.dataset.field) > keys.indexOf(row.dataset.field);
    available.insertBefore(row, [...available.children].find(isLater) ?? null);
    own(row).disabled = true;
    box(row).checked = false;
    say(row);
  }

  /* Past its neighbour, unless that is ticked and could not make way itself */
  function shift(row, neighbour, where) {
    if (!neighbour || (box(row).checked && box(neighbour).checked)) return;
    neighbour[where](row);
    say(row);
  }

  function say(row) {
    const isSelected = row.parentElement === selected;
    status.textContent = (isSelected ? part.dataset.saysPlaced : part.dataset.saysRemoved)
      .replace("{field}", row.textContent.trim())
      .replace("{place}", [...selected.children].indexOf(row) + 1)
      .replace("{count}", selected.children.length);
    row.scrollIntoView({ block: "nearest" });
    part.dispatchEvent(new Event("input", { bubbles: true })); // so that it is kept
  }

  part.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=go]");
    if (!button) return;
    event.preventDefault();
    moves[button.value]();
  });

  part.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-list=selected] > li");
    if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const [neighbour, where] =
      event.key === "ArrowUp" ? [row.previousElementSibling, "before"] : [row.nextElementSibling, "after"];
    if (!neighbour) return;
    neighbour[where](row);
    say(row);
    event.target.focus(); // moving it took the focus away
  });

  for (const row of part.querySelectorAll("li")) row.draggable = true;
  part.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.field);
  });
  part.addEventListener("dragend", () => {
    dragged = null;
    mark(null, null);
  });
  for (const list of [available, selected]) {
    list.addEventListener("dragover", (event) => {
      if (!dragged) return;
      event.preventDefault();
      mark(list, list === selected ? below(list, event.clientY) : null);
    });
    list.addEventListener("drop", (event) => {
      if (!dragged) return;
      event.preventDefault();
      if (list === available) remove(dragged);
      else put(dragged, below(list, event.clientY));
    });
  }

  /* Where the field would go */
  function mark(list, next) {
    for (const old of part.querySelectorAll(".drop-here, .drop-before")) old.classList.remove("drop-here", "drop-before");
    list?.classList.add("drop-here");
    next?.classList.add("drop-before");
  }
}

function below(list, y) {
  const isBelow = (row) => y < row.getBoundingClientRect().top + row.offsetHeight / 2;
  return [...list.children].find(isBelow) ?? null;
}

function ticked(list) {
  return [...list.children].filter((row) => box(row).checked);
}

function box(row) {
  return row.querySelector("input[type=checkbox]");
}

/* The hidden input */
function own(row) {
  return row.querySelector("input[type=hidden]");
}
