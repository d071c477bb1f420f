// Toasts stay ten seconds, longer while pointed at or focused. Ctrl Z outside text fields presses the latest Ångra.
import { onContent } from "./htmx-setup.js";
import { inField } from "./keys.js";

const SHOWN_MS = 10_000;

function start(root) {
  const toast = root.matches?.("[data-toast]") ? root : root.querySelector?.("[data-toast]");
  if (!toast || toast.dataset.timed) return;
  toast.dataset.timed = "1";
  let timer = setTimeout(() => toast.remove(), SHOWN_MS);
  const hold = () => clearTimeout(timer);
  const go = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), SHOWN_MS);
  };
  for (const kind of ["mouseenter", "focusin"]) toast.addEventListener(kind, hold);
  for (const kind of ["mouseleave", "focusout"]) toast.addEventListener(kind, go);
}

export function startToasts() {
  onContent(start);
  document.addEventListener("htmx:oobAfterSwap", () => start(document));
  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.altKey || event.shiftKey || event.key.toLowerCase() !== "z" || inField(event.target)) return;
    const undo = document.querySelector("[data-toast] form[data-undo]");
    if (undo) {
      event.preventDefault();
      undo.requestSubmit();
    }
  });
}
