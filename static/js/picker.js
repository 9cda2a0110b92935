/* data-picker: names move between the lists when an arrow is pressed, without asking the server. What is in a list on the
   right is also in hidden fields of the list's name, which is what the form sends. */

export function pickers() {
  for (const picker of document.querySelectorAll("[data-picker]")) {
    picker.addEventListener("click", (event) => {
      const arrow = event.target.closest("button[name=move]");
      if (!arrow) return;
      event.preventDefault();
      const [source, target] = arrow.value.split("-").map((name) => picker.querySelector(`select[name=pick-${name}]`));
      move(source, target);
      for (const list of [source, target]) keep(list);
    });
  }
}

function move(source, target) {
  for (const option of [...source.selectedOptions]) {
    option.selected = false;
    const next = [...target.options].find((other) => other.text.localeCompare(option.text) > 0);
    target.add(option, next ?? null);
  }
}

/* The hidden fields of a list; the list of those without a role has none. */
function keep(list) {
  const name = list.name.replace("pick-", "");
  if (name === "none") return;
  const place = list.parentElement;
  for (const old of place.querySelectorAll("input[type=hidden]:not([data-shown])")) old.remove();
  for (const option of list.options) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value: option.value });
    place.append(field);
  }
}
