// On narrow screens the rows of tabs and links scroll: the current one is brought into view.
export function startNavigation() {
  for (const current of document.querySelectorAll(".tabs [aria-current], .links nav [aria-current]")) {
    const row = current.closest("nav");
    row.scrollLeft = Math.max(0, current.offsetLeft + current.offsetWidth - row.clientWidth + 24);
  }
}
