// Articles below an invoice row while one types: form[data-invoice][data-articles="url"], fields [data-article-lookup].
// Arrow down and Enter choose, or a click; an article number written in full fills the row as one leaves it.
import { moveChoice } from "./combobox.js";
import { setValue } from "./fields.js";

const PAUSE_MS = 200;
let waiting;
let asking;

const rowOf = (field) => field.closest("[data-row]");
const listOf = (row) => row.nextElementSibling?.matches("[data-suggestions]") ? row.nextElementSibling : null;
const cellOf = (row, name) => row.querySelector(`[name$="-${name}"]`);
const options = (row) => [...(listOf(row)?.querySelectorAll("[role=option]") ?? [])];

function close(row) {
  clearTimeout(waiting);
  asking?.abort();
  listOf(row)?.remove();
  for (const field of row.querySelectorAll("[data-article-lookup]")) field.removeAttribute("aria-expanded");
}

function fill(row, article, all) {
  const form = row.closest("form");
  const put = (name, value) => {
    const field = cellOf(row, name);
    if (!field || (!all && field.value.trim())) return;
    setValue(field, value);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const fresh = all || !cellOf(row, "benamning")?.value.trim();
  setValue(cellOf(row, "artikel"), article.article);
  put("benamning", article.description);
  put("enhet", article.unit);
  if ((form.elements[form.dataset.currencyField]?.value ?? "SEK") === "SEK") put("pris", article.price); // prices are in SEK
  const vat = cellOf(row, "moms");
  if (vat && fresh && vat.value !== article.vat) {
    vat.value = article.vat;
    vat.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

async function found(form, text) {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ klient: form.elements.klient.value, sok: text });
  const answer = await fetch(`${form.dataset.articles}?${query}`, { signal: asking.signal, headers: { "HX-Request": "true" } });
  const holder = document.createElement("div");
  holder.innerHTML = answer.ok && !answer.redirected ? await answer.text() : "";
  return [...holder.querySelectorAll("[role=option]")];
}

async function suggest(field) {
  const row = rowOf(field);
  const hits = await found(field.form, field.value.trim()).catch(() => []);
  listOf(row)?.remove();
  if (!hits.length || document.activeElement !== field) return;
  const line = document.createElement("tr");
  line.dataset.suggestions = "";
  const cell = line.insertCell();
  cell.colSpan = row.cells.length;
  const list = cell.appendChild(Object.assign(document.createElement("div"), { className: "suggestions", id: `${field.id}-artiklar` }));
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Artiklar");
  hits.forEach((hit, at) => list.append(Object.assign(hit, { id: `${list.id}-${at}` })));
  row.after(line);
  field.setAttribute("aria-expanded", "true");
  field.setAttribute("aria-controls", list.id);
}

function onKey(event) {
  const field = event.target;
  if (!field.matches?.("[data-article-lookup]") || event.altKey || event.ctrlKey || event.metaKey) return;
  const row = rowOf(field);
  const hits = options(row);
  if (!hits.length) return;
  const at = hits.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
  if (event.key === "Enter" && at >= 0) {
    fill(row, hits[at].dataset, true);
    close(row);
    cellOf(row, "antal")?.focus();
  } else if (event.key === "Escape") close(row);
  else if (!moveChoice(field, hits, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
}

async function onLeave(event) {
  const field = event.target;
  if (!field.matches?.("[data-article-lookup]")) return;
  const row = rowOf(field);
  if (event.relatedTarget && listOf(row)?.contains(event.relatedTarget)) return;
  const text = field.value.trim();
  const known = options(row);
  close(row);
  if (!text || !field.name.endsWith("-artikel") || field.value === field.dataset.filled) return;
  field.dataset.filled = field.value;
  const hits = known.length ? known : await found(field.form, text).catch(() => []);
  const exact = hits.find((hit) => hit.dataset.article.toLowerCase() === text.toLowerCase());
  if (exact) fill(row, exact.dataset, false);
}

export function startArticleLookup() {
  document.addEventListener("input", (event) => {
    if (!event.isTrusted || !event.target.matches?.("form[data-articles] [data-article-lookup]")) return;
    clearTimeout(waiting);
    if (event.target.value.trim()) waiting = setTimeout(() => suggest(event.target), PAUSE_MS);
    else close(rowOf(event.target));
  });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("focusout", onLeave);
  document.addEventListener("click", (event) => {
    const hit = event.target.closest?.("[data-suggestions] [role=option]");
    const row = hit?.closest("tr").previousElementSibling;
    if (!row) return;
    fill(row, hit.dataset, true);
    close(row);
    cellOf(row, "antal")?.focus();
  });
}
