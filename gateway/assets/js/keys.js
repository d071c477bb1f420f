// Keys that work everywhere: / ? Esc in menus, Ctrl S, Ctrl Enter, and links or buttons that name their own key.

import { mend } from "./fields.js";

/** Whether typing belongs to a field. */
export const inField = (target) => Boolean(target.closest?.("input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable]"));

/** Whether single letters may act now: not in fields, and not if the person has turned them off. */
export const singleKey = (event) =>
  !event.ctrlKey && !event.metaKey && !event.altKey && !inField(event.target) && document.documentElement.dataset.singleKeys !== "off";

/** Alt with a key, but not AltGr (Ctrl+Alt on Swedish Windows). */
export const altKey = (event) => event.altKey && !event.ctrlKey && !event.getModifierState("AltGraph");

const openDialog = () => [...document.querySelectorAll("dialog[open]")].at(-1);

function save(event) {
  const form = document.activeElement?.form ?? document.activeElement?.closest("form, .box")
    ?? (openDialog() ?? document).querySelector("form:has([data-save])");
  const button = form?.querySelector?.("[data-save]") ?? document.querySelector(`[data-save][form="${CSS.escape(form?.id ?? "")}"]`);
  event.preventDefault();
  if (button && !button.disabled) {
    mend(document.activeElement);
    button.click();
  }
}

function ownKey(event) {
  const alt = altKey(event);
  if (!alt && !singleKey(event)) return;
  const name = event.code.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  const scope = openDialog() ?? document;
  const found = scope.querySelector(`[data-${alt ? "alt-" : ""}key="${CSS.escape(name)}"]`);
  if (found && !found.closest("tr")) { // keys of a row are the row's affair
    event.preventDefault();
    found.click();
  }
}

export function startKeys() {
  const keys = document.getElementById("keys");
  keys?.querySelector("[data-close-keys]").addEventListener("click", () => keys.close());
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "s") return save(event);
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches("textarea")) {
      event.preventDefault();
      return event.target.form?.requestSubmit();
    }
    if (event.key === "Escape") {
      const menu = document.querySelector("[data-menu][open]");
      if (menu) {
        event.preventDefault();
        menu.open = false;
        menu.querySelector("summary").focus();
      }
      return;
    }
    if (singleKey(event) && event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search && !openDialog()) {
        event.preventDefault();
        search.focus();
        search.select();
      }
      return;
    }
    if (singleKey(event) && event.key === "?" && keys && !keys.open) {
      event.preventDefault();
      keys.showModal();
      return;
    }
    ownKey(event);
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false;
  });
}
