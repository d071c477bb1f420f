// Fields that follow others until somebody writes in them: the due day of the terms, the total of net and VAT.
// Markup: data-due-of="<id of days>" data-from="<id of the base day>"; data-total-of="<ids of the parts>".
import { isoDay, parseDay, today } from "./dates.js";
import { setValue } from "./fields.js";
import { formatNumber, parseNumber } from "./numbers.js";

const DAY_MS = 86_400_000;
const byId = (id) => document.getElementById(id);
const derived = new WeakMap(); // field → the value that was put there

function dueDay(field) {
  const days = byId(field.dataset.dueOf)?.value.trim() ?? "";
  const base = parseDay(byId(field.dataset.from)?.value ?? "", today());
  return base && /^\d{1,3}$/.test(days) ? isoDay(new Date(base.getTime() + Number(days) * DAY_MS)) : null;
}

function total(field) {
  const parts = field.dataset.totalOf.split(" ").map((id) => parseNumber(byId(id)?.value ?? ""));
  return parts.every((part) => part !== null) ? formatNumber(parts.reduce((sum, part) => sum + part, 0n)) : null;
}

function follow(field, compute) {
  const own = field.value !== "" && field.value !== (derived.get(field) ?? field.defaultValue);
  const value = own ? null : compute(field);
  if (value === null) return;
  derived.set(field, value);
  setValue(field, value);
}

export function startDerivedFields() {
  document.addEventListener("input", (event) => { // while one types: on leaving a field the next has the caret already
    const form = event.target.form;
    for (const field of form?.querySelectorAll("[data-due-of]") ?? []) {
      if ([field.dataset.dueOf, field.dataset.from].includes(event.target.id)) follow(field, dueDay);
    }
    for (const field of form?.querySelectorAll("[data-total-of]") ?? []) {
      if (field.dataset.totalOf.split(" ").includes(event.target.id)) follow(field, total);
    }
  });
}
