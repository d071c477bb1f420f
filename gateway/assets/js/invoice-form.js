// Registrera faktura: Enter and Tab between fields, rows that come and go, and sums while one types.
// Markup: form[data-invoice] with tbody[data-invoice-rows] of tr[data-row="item"|"text"], <template data-row-template="item">,
// cells named by data-cell, sums in [data-sum]; any other form gets Enter and Smarttab by data-enter-next and data-smarttab.
import { mend } from "./fields.js";
import { htmx, onContent } from "./htmx-setup.js";
import { invoiceSums, rowNet } from "./invoice-sums.js";
import { altKey } from "./keys.js";
import { formatMinor, formatNumber, parseNumber } from "./numbers.js";
import { firstStop, go, isSmart, isSmartStop, land, stops, yellowLeft } from "./smarttab.js";

const rowsOf = (form) => [...form.querySelectorAll("[data-invoice-rows] > [data-row]")];
const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
const number = (row, name) => parseNumber(cell(row, name)?.value ?? "");
const isEmpty = (row) => [...row.querySelectorAll("input")].every((field) => field.value === field.defaultValue || field.value.trim() === "");

function sums(form) {
  const items = [];
  for (const row of rowsOf(form).filter((one) => one.dataset.row === "item")) {
    const [quantity, price] = [number(row, "quantity"), number(row, "price")];
    const out = cell(row, "amount");
    if (quantity === null || price === null) {
      if (out) out.textContent = "–";
      continue;
    }
    const net = rowNet(quantity, price, number(row, "discount") ?? 0n);
    if (out) out.textContent = formatMinor(net);
    items.push({ net, rate: number(row, "vat") ?? 0n });
  }
  const currency = form.elements[form.dataset.currencyField ?? "currency"]?.value ?? "SEK";
  const result = invoiceSums(items, { roundToKrona: currency === "SEK" && form.dataset.rounding !== "off" });
  const put = (name, text) => form.querySelectorAll(`[data-sum="${name}"]`).forEach((place) => (place.textContent = text));
  put("net", formatMinor(result.net));
  put("rounding", formatMinor(result.rounding));
  put("total", `${formatMinor(result.total)}\u00a0${currency === "SEK" ? "kr" : currency}`);
  const list = form.querySelector("[data-sum-vat]");
  list?.replaceChildren(...result.vat.flatMap(({ rate, vat }) => [
    Object.assign(document.createElement("dt"), { textContent: `Moms ${formatNumber(rate, 0, 2)}\u00a0%` }),
    Object.assign(document.createElement("dd"), { textContent: formatMinor(vat) }),
  ]));
}

function renumber(form) {
  rowsOf(form).forEach((row, at) => {
    const place = row.querySelector("[data-row-number]");
    if (place) place.textContent = at + 1;
    row.querySelector("[data-remove-row]")?.setAttribute("aria-label", `Ta bort rad ${at + 1}`);
  });
  form.dispatchEvent(new CustomEvent("row:changed", { bubbles: true }));
  sums(form);
}

let newest = Date.now(); // names of rows need only differ; the server reads them in the order of the page

function addRow(form, kind) {
  const template = form.querySelector(`template[data-row-template="${kind}"]`);
  const full = rowsOf(form).length >= Number(form.dataset.maxRows ?? Infinity);
  const said = form.querySelector("[data-rows-full]");
  if (said) said.textContent = full ? said.dataset.rowsFull : "";
  if (!template || full) return;
  const holder = document.createElement("tbody");
  holder.innerHTML = template.innerHTML.replaceAll("__row__", String(++newest));
  const row = holder.firstElementChild;
  form.querySelector("[data-invoice-rows]").append(row);
  htmx.process(row);
  renumber(form);
  land(firstStop(form, row) ?? row.querySelector("input"));
}

function removeRow(form, row) {
  const rows = rowsOf(form);
  const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  row.remove();
  if (!rowsOf(form).length) addRow(form, "item");
  else {
    renumber(form);
    next?.querySelector("input")?.focus();
  }
}

// Out of the last cell: a new row. Out of an empty row that was added last, from its first field that matters: to the save button.
function outOfLastRow(form, field) {
  const row = field.closest("[data-row]");
  const rows = rowsOf(form);
  if (!row || row !== rows.at(-1) || field.tagName === "BUTTON") return false;
  if (rows.length > 1 && isEmpty(row)) {
    if (!field.required && row.querySelector("input[required]")) return false;
    land(form.querySelector("[data-save]"));
    return true;
  }
  const inRow = stops(form).filter((one) => row.contains(one) && one.tagName !== "BUTTON" && (!isSmart(form) || isSmartStop(form, one)));
  if (field !== inRow.at(-1)) return false;
  mend(field);
  if (isEmpty(row)) land(form.querySelector("[data-save]"));
  else addRow(form, "item");
  return true;
}

function onKey(event) {
  const form = event.target.form;
  if (!form?.matches("[data-invoice], [data-smarttab], [data-enter-next]") || event.isComposing || event.defaultPrevented) return;
  if (altKey(event) && form.matches("[data-invoice]")) {
    const row = event.target.closest("[data-row]");
    if (event.code === "KeyR") addRow(form, "item");
    else if (event.code === "KeyT") addRow(form, "text");
    else if (event.code === "Delete" && row) removeRow(form, row);
    else return;
    event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const enter = event.key === "Enter" && form.dataset.enterNext !== "off" && !event.target.matches("textarea, button, [type=submit], [type=file]");
  const tab = event.key === "Tab" && (form.matches("[data-invoice]") || isSmart(form));
  if (!enter && !tab) return;
  mend(event.target);
  const moved = (!event.shiftKey && form.matches("[data-invoice]") && outOfLastRow(form, event.target))
    || ((enter || isSmart(form)) && go(form, event.target, event.shiftKey)); // nowhere to go: Tab leaves the form as usual
  if (moved || enter) event.preventDefault();
}

function countYellow(form) {
  const left = yellowLeft(form);
  for (const place of document.querySelectorAll("[data-yellow-left]")) {
    place.textContent = left === 0 ? "Alla gula fält är ifyllda." : `${left} ${left === 1 ? "gult" : "gula"} fält kvar.`;
  }
}

export function startInvoiceForm() {
  const forms = (root) => [...(root.querySelectorAll?.("form[data-invoice]") ?? []), ...(root.matches?.("form[data-invoice]") ? [root] : [])];
  onContent((root) => forms(root).forEach((form) => {
    sums(form);
    countYellow(form);
  }));
  document.addEventListener("keydown", onKey);
  for (const kind of ["input", "change", "row:changed"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.form ?? event.target.closest?.("form");
      if (!form?.matches("[data-invoice]")) return;
      if (kind !== "row:changed") sums(form);
      countYellow(form);
    });
  }
  document.addEventListener("click", (event) => {
    const form = event.target.closest("form[data-invoice]");
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (form && add) addRow(form, add.dataset.addRow);
    else if (form && remove) removeRow(form, remove.closest("[data-row]"));
    else return;
    event.preventDefault();
  });
}
