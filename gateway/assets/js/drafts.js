// Nothing gets lost: <form data-draft="url"> sends itself to the server as a draft when a field is left, and says when.
import { csrfToken } from "./htmx-setup.js";
import { contact } from "./session.js";

const PAUSE_MS = 800;
const waiting = new WeakMap();

async function send(form) {
  waiting.delete(form);
  const status = form.querySelector("[data-draft-status]") ?? document.querySelector(`[data-draft-status="${CSS.escape(form.id)}"]`);
  const body = new FormData(form);
  body.delete("csrf_token");
  body.set("draft_focus", document.activeElement?.name ?? "");
  body.set("draft_scroll", String(Math.round(scrollY)));
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { "X-CSRF-Token": csrfToken() }, keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    contact();
    const clock = new Date().toLocaleTimeString("sv-SE", { hour: "2-digit", minute: "2-digit" }).replace(":", ".");
    if (status) status.textContent = `Utkast sparat kl. ${clock}`;
  } catch {
    if (status) status.textContent = "Utkastet kunde inte sparas. Texten står kvar här.";
  }
}

function soon(form) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), PAUSE_MS));
}

export function startDrafts() {
  for (const kind of ["change", "row:changed"]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.form ?? event.target.closest?.("form");
      if (form?.dataset.draft) soon(form);
    });
  }
  document.addEventListener("submit", (event) => { // saved for real: a late draft must not bring it back
    clearTimeout(waiting.get(event.target));
    waiting.delete(event.target);
  }, true);
  addEventListener("pagehide", () => {
    const form = document.activeElement?.form;
    if (form?.dataset.draft && waiting.has(form)) send(form);
  });
}
