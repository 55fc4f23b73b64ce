// Menus are <details>: one open at a time, closed by Escape and by a click elsewhere.
export function start(menus) {
  const closeAll = (but) => menus.forEach((menu) => menu !== but && (menu.open = false));
  for (const menu of menus) menu.addEventListener("toggle", () => menu.open && closeAll(menu));
  document.addEventListener("click", (event) => closeAll(event.target.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    const open = [...menus].find((menu) => menu.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}
