// The red star: <form data-watch> lights [data-star] of its box while a value differs from the saved one, and names the fields.
// Closing a dialog with the star lit asks what to do with the changes.
import { onContent } from "./htmx-setup.js";

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !["hidden", "submit", "button"].includes(field.type));
const changed = (field) => // data-saved: after a 422 the value attribute is what was sent
  field.type === "checkbox" || field.type === "radio" ? field.checked !== (field.dataset.saved === undefined ? field.defaultChecked : field.dataset.saved === field.value)
    : field.tagName === "SELECT" && field.dataset.saved !== undefined ? field.value !== field.dataset.saved
    : field.tagName === "SELECT" ? [...field.options].some((option) => option.selected !== (option.defaultSelected || (!field.querySelector("[selected]") && option.index === 0)))
      : field.value !== (field.dataset.saved ?? field.defaultValue);

const nameOf = (field) =>
  (field.type === "radio" ? field.closest("fieldset")?.querySelector("legend") : field.labels?.[0])?.textContent.trim() ?? field.name;

/** Names of the fields that differ from what is saved. */
export const changes = (form) => [...new Set(fieldsOf(form).filter(changed).map(nameOf))];

const watched = (root) => [...(root.querySelectorAll?.("form[data-watch]") ?? [])];

function mark(form) {
  const names = changes(form);
  const box = form.closest(".box") ?? form;
  for (const star of box.querySelectorAll("[data-star]")) star.hidden = !names.length;
  for (const text of box.querySelectorAll("[data-unsaved]")) {
    text.textContent = names.length ? `${names.length} ${names.length === 1 ? "ej sparad ändring" : "ej sparade ändringar"}: ${names.join(", ")}` : "";
  }
  const any = watched(document).some((one) => changes(one).length);
  document.title = `${any ? "✱ " : ""}${document.title.replace(/^✱ /, "")}`;
}

function question() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  const say = (tag, text, parent, props = {}) => parent.appendChild(Object.assign(document.createElement(tag), { textContent: text, ...props }));
  const content = say("div", "", dialog, { className: "content" });
  say("h1", "Du har ändringar som inte är sparade", content);
  const foot = say("form", "", dialog, { className: "foot", method: "dialog" });
  for (const [value, text, kind] of [["save", "Spara ändringar", "primary"], ["drop", "Släng ändringar", "second"], ["stay", "Fortsätt redigera", "quiet"]]) {
    say("button", text, foot, { className: `btn btn-${kind}`, value });
  }
  document.body.append(dialog);
  return dialog;
}

/** Resolves to true if what is in `root` may be left. Saving submits the form and stays until the server has answered. */
export async function askBeforeLeaving(root) {
  const forms = watched(root).filter((form) => changes(form).length);
  if (!forms.length) return true;
  const dialog = question();
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
  if (dialog.returnValue === "drop") {
    forms.forEach((form) => form.reset());
    forms.forEach(mark);
    return true;
  }
  if (dialog.returnValue === "save") forms[0].requestSubmit(forms[0].querySelector("[data-save]"));
  return false;
}

export function startUnsaved() {
  onContent((root) => watched(root.closest?.("form[data-watch]")?.parentElement ?? root).forEach(mark));
  for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => event.target.form?.matches("[data-watch]") && mark(event.target.form));
  document.addEventListener("reset", (event) => setTimeout(() => event.target.matches?.("[data-watch]") && mark(event.target)));
}
