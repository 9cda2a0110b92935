/* details.menu: closed by Escape, by a click beside it, and when the focus moves on. */

export function menus() {
  const open = () => document.querySelectorAll("details.menu[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) {
      const held = menu.contains(document.activeElement);
      menu.open = false;
      if (held) menu.querySelector("summary").focus();
    }
  });

  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
    });
  }

  // A link of a menu may start a download, and then the page stays
  document.addEventListener("click", (event) => {
    const link = event.target.closest("details.menu a");
    if (link) link.closest("details.menu").open = false;
  });
}
