/* data-pick-all="label" on the head of a list's column of boxes: one more box, which ticks all of them or none. */

export function pickAll() {
  for (const head of document.querySelectorAll("[data-pick-all]")) {
    const table = head.closest("table");
    const boxes = [...table.querySelectorAll('input[name="pick"]')];
    const all = document.createElement("input");
    all.type = "checkbox";
    all.ariaLabel = head.dataset.pickAll;
    const label = document.createElement("label");
    label.className = "pick";
    label.append(all);
    head.replaceChildren(label);

    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && !all.checked;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    table.addEventListener("change", show);
    addEventListener("pageshow", show); // going back, the browser ticks again what was ticked
  }
}
