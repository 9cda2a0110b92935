/* data-reveal="id of a checkbox": what belongs to the box is shown only while it is ticked; data-conceal: only while it is not. data-for-country="JP" with
   data-country="id of a list": shown only for that country; data-unless="never" with data-list="id of a list": not for that value.
   Without JavaScript everything is shown. */

export function reveal() {
  for (const part of document.querySelectorAll("[data-reveal]")) {
    follow(document.getElementById(part.dataset.reveal), part.querySelector(".revealed"), (box) => box.checked);
  }
  for (const part of document.querySelectorAll("[data-conceal]")) {
    follow(document.getElementById(part.dataset.conceal), part, (box) => !box.checked);
  }
  for (const part of document.querySelectorAll("[data-for-country]")) {
    follow(document.getElementById(part.dataset.country), part, (list) => list.value === part.dataset.forCountry);
  }
  for (const part of document.querySelectorAll("[data-unless]")) {
    follow(document.getElementById(part.dataset.list), part, (list) => list.value !== part.dataset.unless);
  }
}

function follow(control, part, isWanted) {
  const show = () => {
    part.hidden = !isWanted(control);
  };
  control.addEventListener("change", show);
  show();
}
