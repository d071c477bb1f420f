// Dialogs with an address of their own: <a data-dialog href> fetches into #dialog-host and opens; Esc, ✕ and Back close.
// A page loaded at a dialog's address has it in the host already (a plain box until this runs).
import { htmx } from "./htmx-setup.js";
import { altKey } from "./keys.js";
import { focusRememberedRow } from "./rows.js";
import { askBeforeLeaving } from "./unsaved.js";

const host = () => document.getElementById("dialog-host");
const current = () => host()?.querySelector("dialog");
let opener = null; // what had focus before the dialog
let pushed = 0; // how many addresses this page has put in the history for its dialogs
let leaving = false;
let lastPressed = ""; // the key of the button that opened or closed a box

function focusInside(dialog) {
  const wrong = dialog.querySelector("[data-error-summary]") && dialog.querySelector('[aria-invalid="true"]');
  const empty = [...dialog.querySelectorAll(".must:invalid")].find((field) => field.checkVisibility());
  const pressed = lastPressed && dialog.querySelector(`[data-alt-key="${lastPressed}"][aria-expanded="false"]`); // its box was closed
  lastPressed = "";
  (wrong || pressed || dialog.querySelector("[autofocus]") || empty || dialog.querySelector("h1[tabindex]"))?.focus();
}

const rowBeneath = (key) => document.querySelector(`main table[data-rows] tr[data-key="${CSS.escape(key)}"]`);

// The invoice above and below in the list that the dialog lies over, where the server has not said them.
function findNeighbours(dialog) {
  const row = dialog.dataset.row && rowBeneath(dialog.dataset.row);
  if (!row) return;
  for (const [which, step] of [["previous", "previousElementSibling"], ["next", "nextElementSibling"]]) {
    const link = dialog.querySelector(`[data-neighbour="${which}"]`);
    const other = row[step]?.querySelector("a.row-link");
    if (!link || !other) continue;
    link.href = other.href;
    link.hidden = false;
  }
}

function show(dialog) {
  if (!dialog || dialog.matches(":modal")) return;
  findNeighbours(dialog);
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  focusInside(dialog);
}

async function open(url, replace) {
  if (current() && !(await askBeforeLeaving(current()))) return false;
  if (!current()) opener = document.activeElement;
  await htmx.ajax("GET", url, { target: "#dialog-host", swap: "innerHTML" });
  const dialog = current();
  if (!dialog) return location.assign(url); // the answer was a page, not a dialog
  if (replace) history.replaceState({ dialog: url }, "", url);
  else {
    history.pushState({ dialog: url }, "", url);
    pushed += 1;
  }
  return true;
}

function clear() {
  const dialog = current();
  const row = dialog?.dataset.row && rowBeneath(dialog.dataset.row);
  if (dialog?.open) dialog.close();
  host().replaceChildren();
  document.title = document.title.replace(/^✱ /, "");
  if (row) row.focus({ preventScroll: true });
  else if (opener?.isConnected) opener.focus({ preventScroll: true });
  else focusRememberedRow();
  opener = null;
}

async function close() {
  const dialog = current();
  if (!dialog || leaving || !(await askBeforeLeaving(dialog))) return;
  leaving = true;
  const url = dialog.dataset.closeUrl;
  if (pushed > 0) {
    history.go(-pushed); // popstate clears
    return;
  }
  leaving = false;
  if (document.querySelector("main")?.childElementCount) {
    history.replaceState(null, "", url);
    clear();
  } else location.assign(url);
}

export function startDialogs() {
  show(current());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog], a[data-close]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    lastPressed = link.dataset.altKey ?? "";
    if (link.dataset.close !== undefined) close();
    else open(link.href, Boolean(current()));
  });
  document.addEventListener("change", async (event) => { // a check box that is a way to show the dialog
    const box = event.target.closest("input[data-dialog-url]");
    if (box && (await open(box.dataset.dialogUrl, Boolean(current()))) === false) box.checked = !box.checked;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (host()?.contains(event.detail.target) || event.detail.target === host()) show(current());
  });
  document.addEventListener("keydown", (event) => {
    if (!current() || !altKey(event)) return;
    const which = { ArrowUp: "previous", ArrowDown: "next" }[event.key];
    const link = which && current().querySelector(`[data-neighbour="${which}"]`);
    if (link && !link.hidden) {
      event.preventDefault();
      link.click();
    }
  });
  addEventListener("popstate", (event) => { // before htmx, which would fetch the page beneath again
    if (!host()) return;
    leaving = false;
    if (current() && !event.state?.dialog) {
      event.stopImmediatePropagation();
      pushed = 0;
      clear();
    } else if (event.state?.dialog) {
      event.stopImmediatePropagation();
      location.reload();
    }
  }, true);
}
