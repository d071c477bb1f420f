// Where Tab and Enter go in a form. With Smarttab: yellow fields (or the person's own stops), what is empty of them, faults, and save.
// Markup: [data-smarttab-switch] in the form, or form[data-smarttab="on"]; the strip [data-smarttab-save="url"] with the stops
// of one's own as checkboxes named stopp in [data-smarttab-stops], data-yellow on those that it begins with.
import { csrfToken } from "./htmx-setup.js";
import { contact } from "./session.js";

const usable = (field) => !field.disabled && !field.readOnly && field.type !== "hidden" && field.tagName !== "FIELDSET" && field.tabIndex >= 0 && field.offsetParent !== null;

// Radio groups are one stop: the chosen one, or the first.
/** Fields that the keyboard reaches, in the order of the page. */
export const stops = (form) => [...form.elements].filter((field) => usable(field)
  && (field.type !== "radio" || field.checked || (!form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`) && field === form.querySelector(`[name="${CSS.escape(field.name)}"]`))));

export const isSmart = (form) => form.querySelector("[data-smarttab-switch]")?.checked ?? form.dataset.smarttab === "on";

const nameOf = (field) => field.name.replace(/^rad-[^-]+-/, "rad-");
const boxes = (form) => [...form.querySelectorAll("[data-smarttab-stops] [name=stopp]")];

function isChosen(form, field) {
  const all = boxes(form);
  return all.length ? all.some((box) => box.checked && box.value === nameOf(field)) : field.required;
}

/** Whether Tab stops at the field of a form that has Smarttab on. */
export const isSmartStop = (form, field) => field.matches("[data-save]") || field.getAttribute("aria-invalid") === "true"
  || (field.required && !field.validity.valid) || isChosen(form, field);

/** Move to the next stop, or the one before; false where there is none. */
export function go(form, from, back) {
  const all = stops(form);
  const wanted = isSmart(form) ? all.filter((field) => isSmartStop(form, field) || field === from) : all;
  return land(wanted[wanted.indexOf(from) + (back ? -1 : 1)]);
}

/** Put the caret in a field, its text selected. */
export function land(field) {
  field?.focus();
  if (field?.matches("input:not([type=checkbox],[type=radio])")) field.select();
  return Boolean(field);
}

/** The first stop within a part of the form. */
export const firstStop = (form, part) => stops(form).find((field) => part.contains(field) && (!isSmart(form) || isSmartStop(form, field)));

/** How many of the mandatory fields on the page are empty or wrong. */
export const yellowLeft = (form) => [...form.elements].filter((field) => field.matches(".must:invalid") && usable(field)).length;

async function save(strip) {
  const form = strip.closest("form");
  const words = strip.querySelector("[data-smarttab-words]");
  const own = boxes(form).some((box) => box.checked !== "yellow" in box.dataset);
  if (words) words.textContent = own ? words.dataset.own : words.dataset.yellow;
  form.dataset.enterNext = strip.querySelector("[data-smarttab-enter]")?.checked === false ? "off" : "";
  const body = new FormData();
  for (const field of strip.querySelectorAll("input:checked")) body.append(field.name, field.value);
  const answer = await fetch(strip.dataset.smarttabSave, { method: "POST", body, headers: { "X-CSRF-Token": csrfToken() } }).catch(() => null);
  const status = strip.querySelector("[data-smarttab-status]");
  if (status) status.textContent = answer?.ok && !answer.redirected ? "Valet är sparat." : "Valet kunde inte sparas, men gäller på den här sidan.";
  if (answer?.ok) contact();
}

export function startSmarttab() {
  document.addEventListener("change", (event) => {
    const strip = event.target.closest?.("[data-smarttab-save]");
    if (strip) save(strip);
  });
  document.addEventListener("click", (event) => {
    const reset = event.target.closest?.("[data-smarttab-reset]");
    if (!reset) return;
    for (const box of boxes(reset.form)) box.checked = "yellow" in box.dataset;
    save(reset.closest("[data-smarttab-save]"));
  });
}
