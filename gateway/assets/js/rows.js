// Result tables: one tab stop, arrows between rows, Enter opens, a click anywhere in the row follows its link.
// Markup: <table data-rows> (or data-rows="mark": the first click marks, the second opens) with <tr data-key> that holds
// an <a class="row-link">; further links of the row may name a key, as data-key-of-row="k".
import { htmx, onContent } from "./htmx-setup.js";
import { singleKey } from "./keys.js";

const PAGE = 10; // rows a PgUp or PgDn moves
const remembered = new Map(); // table id → key of the row last used, so that a refreshed list keeps its place

const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.dataset.key !== undefined);
const linkOf = (row) => row.querySelector("a.row-link");

function makeCurrent(table, row, focus) {
  for (const other of rowsOf(table)) other.tabIndex = other === row ? 0 : -1;
  remembered.set(table.id, row.dataset.key);
  if (focus) {
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

function start(root) {
  const tables = root.querySelectorAll?.("table[data-rows]") ?? [];
  for (const table of root.matches?.("table[data-rows]") ? [root, ...tables] : tables) {
    const rows = rowsOf(table);
    if (!rows.length) continue;
    countTicks(table);
    for (const row of rows) for (const part of row.querySelectorAll("a.row-link, a[data-key-of-row], .tick input")) part.tabIndex = -1;
    makeCurrent(table, rows.find((row) => row.dataset.key === remembered.get(table.id)) ?? rows[0], false);
  }
}

/** Put focus back on the row last used in the first table that remembers one. */
export function focusRememberedRow() {
  for (const table of document.querySelectorAll("main table[data-rows]")) {
    const row = rowsOf(table).find((one) => one.tabIndex === 0);
    if (row && remembered.has(table.id)) return row.focus({ preventScroll: true });
  }
}

function tick(row, checked) {
  const box = row.querySelector('.tick input[type="checkbox"]');
  if (!box) return false;
  box.checked = checked ?? !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

function turnPage(table, direction) {
  const scope = table.closest(".box, dialog, main");
  const link = scope?.querySelector(`a[rel="${direction}"]`);
  link?.click();
  return Boolean(link);
}

function onKey(event) {
  const row = event.target.closest?.("table[data-rows] tr[data-key]");
  if (!row || event.target !== row || event.altKey || event.ctrlKey || event.metaKey) return;
  const table = row.closest("table");
  const rows = rowsOf(table);
  const at = rows.indexOf(row);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + PAGE, PageUp: at - PAGE, Home: 0, End: rows.length - 1 }[event.key];
  if (to !== undefined) {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      tick(row, true);
      tick(next, true);
    }
    makeCurrent(table, next, true);
  } else if (event.key === "Enter") linkOf(row)?.click();
  else if (event.key === " ") {
    if (!tick(row)) return;
  } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    if (!turnPage(table, event.key === "ArrowRight" ? "next" : "prev")) return;
  } else {
    const own = singleKey(event) && /^[a-zåäö]$/i.test(event.key) && row.querySelector(`[data-key-of-row="${event.key.toLowerCase()}"]`);
    if (!own) return;
    own.click();
  }
  event.preventDefault();
}

function onClick(event) {
  const row = event.target.closest("table[data-rows] tr[data-key]");
  if (!row) return;
  const table = row.closest("table");
  const marked = row.classList.contains("selected");
  makeCurrent(table, row, false);
  if (event.target.closest("a, button, input, label, select, textarea, summary")) return;
  if (!getSelection().isCollapsed) return; // the person is selecting text
  if (table.dataset.rows === "mark" && !marked) {
    for (const other of rowsOf(table)) other.classList.toggle("selected", other === row);
    row.focus({ preventScroll: true });
    table.dispatchEvent(new CustomEvent("row:marked", { bubbles: true, detail: { row } }));
    return;
  }
  const link = linkOf(row);
  if (!link) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
}

// The clipboard gets numbers that a spreadsheet understands.
function onCopy(event) {
  const selection = getSelection();
  const node = selection.anchorNode;
  if (selection.isCollapsed || !(node?.nodeType === 1 ? node : node?.parentElement)?.closest(".table")) return;
  event.clipboardData.setData("text/plain", selection.toString().replace(/(\d)[\u00a0\u202f](?=\d)/g, "$1").replace(/\u2212/g, "-"));
  event.preventDefault();
}

function onTick(event) {
  const table = event.target.closest?.("table");
  if (!table || !event.target.matches('.tick input[type="checkbox"]')) return;
  if (event.target.matches("[data-tick-all]")) for (const box of tickBoxes(table)) box.checked = event.target.checked;
  countTicks(table);
}

const tickBoxes = (table) => [...table.querySelectorAll('tbody .tick input[type="checkbox"]')];

function countTicks(table) {
  const boxes = tickBoxes(table);
  const all = table.querySelector("[data-tick-all]");
  const ticked = boxes.filter((box) => box.checked).length;
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  // What acts on the ticked rows repeats their number: <… data-ticked-of="table id"> with [data-ticked-count] inside.
  const box = document.querySelector(`[data-ticked-of="${CSS.escape(table.id)}"]`);
  if (box) {
    box.hidden = ticked === 0;
    for (const place of box.querySelectorAll("[data-ticked-count]")) place.textContent = ticked;
    for (const place of box.querySelectorAll("[data-ticked-noun]")) place.textContent = ticked === 1 ? place.dataset.one : place.dataset.tickedNoun;
  }
}

export function startRows() {
  onContent(start);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("dblclick", (event) => {
    const row = event.target.closest('table[data-rows="mark"] tr[data-key]');
    if (row && !event.target.closest("a, button, input")) linkOf(row)?.click();
  });
  document.addEventListener("copy", onCopy);
  document.addEventListener("change", onTick);
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("table[data-rows] tr[data-key]");
    if (row) makeCurrent(row.closest("table"), row, false);
  });
  htmx.on("htmx:beforeSwap", (event) => { // focus lost with the old list returns to the same row of the new one
    const within = document.activeElement?.closest?.("table[data-rows]");
    if (within && event.detail.target.contains(within)) {
      document.addEventListener("htmx:afterSettle", () => {
        const table = document.getElementById(within.id);
        if (table) rowsOf(table).find((row) => row.tabIndex === 0)?.focus();
      }, { once: true });
    }
  });
}
