// Fields that help on being left: dates and amounts are shown in full; the calendar and the eye beside a field.
import { isoDay, parseDay, today } from "./dates.js";
import { onContent } from "./htmx-setup.js";
import { formatNumber, isUnclear, parseNumber } from "./numbers.js";

/** Fill a field as a person would, so that drafts, sums and the red star notice. */
export function setValue(field, value) {
  if (field.value === value) return;
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function mendDate(field) {
  const base = parseDay(document.getElementById(field.dataset.from ?? "")?.value ?? "") ?? today();
  const day = parseDay(field.value, today(), base);
  if (day) setValue(field, isoDay(day));
}

function mendAmount(field) {
  const value = parseNumber(field.value);
  const most = Number(field.dataset.decimals ?? 2);
  if (value === null || isUnclear(field.value, most)) return;
  setValue(field, formatNumber(value, Number(field.dataset.leastDecimals ?? Math.min(most, 2)), most));
}

/** Show the field's value in full, as on leaving it. */
export function mend(field) {
  const kind = field?.dataset?.kind;
  if (kind === "date") mendDate(field);
  else if (kind === "amount") mendAmount(field);
}

function openCalendar(button) {
  const field = document.getElementById(button.dataset.picker);
  let picker = button.parentElement.querySelector(".picker");
  if (!picker) {
    picker = Object.assign(document.createElement("input"), { type: "date", className: "picker", tabIndex: -1 });
    picker.setAttribute("aria-hidden", "true");
    picker.addEventListener("change", () => {
      setValue(field, picker.value);
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    button.after(picker);
  }
  mendDate(field);
  picker.value = field.value;
  picker.showPicker();
}

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
}

// A form that came back with faults: to the first wrong field. Dialogs see to their own focus.
function toFirstFault(root) {
  const summary = root.querySelector?.("[data-error-summary]");
  if (summary && !summary.closest("dialog")) (summary.closest("form, main")?.querySelector('[aria-invalid="true"]') ?? summary).focus();
}

export function startFields() {
  onContent(toFirstFault);
  document.addEventListener("focusout", (event) => event.target.matches?.("[data-kind]") && mend(event.target));
  document.addEventListener("keydown", (event) => { // before the form is sent by Enter
    if (event.key === "Enter" && event.target.matches?.("[data-kind]")) mend(event.target);
  }, true);
  document.addEventListener("click", (event) => {
    const picker = event.target.closest("[data-picker]");
    const eye = event.target.closest("[data-reveal]");
    if (picker) openCalendar(picker);
    else if (eye) reveal(eye);
  });
}
