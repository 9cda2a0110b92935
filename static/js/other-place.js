/* data-other-place around the choice of a place and the boxes of an address (data-place): the boxes are shown only while another address than a known
   one is chosen. Without JavaScript they are always shown. */

export function otherPlace() {
  for (const part of document.querySelectorAll("[data-other-place]")) follow(part);
}

function follow(part) {
  const show = () => {
    part.querySelector("[data-place]").hidden = part.querySelector("[name=place]:checked")?.value !== "other";
  };
  part.addEventListener("change", show);
  show();
}
