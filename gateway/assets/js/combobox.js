// Choosing in a list below a field: arrows move, Enter chooses, Escape closes; the focus stays in the field.
// Markup: input[data-options="url"][aria-controls="<id of a listbox>"] asks the address with its value while one types;
// input[data-options-in="<id>"] has a list that somebody else fills. Options are links or buttons with role=option.

const PAUSE_MS = 200;
let waiting;
let asking;

const enabled = (list) => [...(list?.querySelectorAll('[role="option"]:not([aria-disabled="true"])') ?? [])];
const listOf = (field) => document.getElementById(field.dataset.optionsIn ?? field.getAttribute("aria-controls"));
const chosen = (options) => options.find((one) => one.getAttribute("aria-selected") === "true");

/** Move the choice among options by an arrow key; returns the option that is chosen now, if the key was one. */
export function moveChoice(field, options, key) {
  if (!options.length || !["ArrowDown", "ArrowUp"].includes(key)) return null;
  const at = options.indexOf(chosen(options));
  const next = options[key === "ArrowDown" ? (at + 1) % options.length : (at <= 0 ? options.length : at) - 1];
  for (const one of options) one.setAttribute("aria-selected", String(one === next));
  field.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
  return next;
}

function close(field) {
  clearTimeout(waiting);
  asking?.abort();
  const list = listOf(field);
  field.removeAttribute("aria-activedescendant");
  for (const one of enabled(list)) one.setAttribute("aria-selected", "false");
  if (!field.dataset.options || !list) return;
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
}

async function fill(field) {
  const list = listOf(field);
  const text = field.value.trim();
  asking?.abort();
  asking = new AbortController();
  const address = new URL(field.dataset.options, location.href);
  address.searchParams.set(field.name, text);
  const answer = await fetch(address, { signal: asking.signal, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || document.activeElement !== field || field.value.trim() !== text) return;
  list.innerHTML = await answer.text();
  field.removeAttribute("aria-activedescendant");
  list.hidden = !list.querySelector('[role="option"]');
  field.setAttribute("aria-expanded", String(!list.hidden));
  const count = enabled(list).length;
  const said = field.parentElement.querySelector("[data-options-count]");
  if (said) said.textContent = count === 1 ? "1 träff" : `${count} träffar`;
}

function onKey(event) {
  const field = event.target;
  if (!field.matches?.("[data-options], [data-options-in]") || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const list = listOf(field);
  const options = list?.hidden ? [] : enabled(list);
  const now = chosen(options);
  if (event.key === "Enter" && now && !event.shiftKey) now.click();
  else if (event.key === "Escape" && (now || (field.dataset.options && list && !list.hidden))) close(field);
  else if (!moveChoice(field, options, event.key)) return;
  event.preventDefault();
  event.stopPropagation();
}

export function startCombobox() {
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-options]")) return;
    clearTimeout(waiting);
    if (field.value.trim()) waiting = setTimeout(() => fill(field), PAUSE_MS);
    else close(field);
  });
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("mousedown", (event) => event.target.closest?.('[role="listbox"] [role="option"]') && event.preventDefault()); // the field keeps the focus
  document.addEventListener("focusout", (event) => event.target.matches?.("[data-options], [data-options-in]") && close(event.target));
}
