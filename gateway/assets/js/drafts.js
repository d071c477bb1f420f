// Nothing gets lost: <form data-draft="url"> sends itself to the server as a draft while one types and when a field is left, and
// says when. A form that comes back from its draft has data-draft-at (the field that had the caret) and data-draft-scroll.
import { csrfToken, onContent } from "./htmx-setup.js";
import { contact } from "./session.js";

const PAUSE_MS = 800;
const TYPING_MS = 1000;
const MOST_KEPT_ALIVE = 60_000; // bytes that browsers send on after the page is gone
const waiting = new WeakMap();
const sending = new WeakMap();
const sent = new WeakSet(); // for real, and nobody has typed since

async function send(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const status = form.querySelector("[data-draft-status]") ?? document.querySelector(`[data-draft-status="${CSS.escape(form.id)}"]`);
  const body = new URLSearchParams(new FormData(form)); // as parts, a long invoice would be too many
  body.delete("csrf_token");
  body.set("draft_focus", form.contains(document.activeElement) ? document.activeElement.name : "");
  body.set("draft_scroll", String(Math.round(scrollY)));
  sending.get(form)?.abort(); // the later one holds all that this one does
  const stop = new AbortController();
  sending.set(form, stop);
  try {
    const keepalive = body.toString().length < MOST_KEPT_ALIVE;
    const answer = await fetch(form.dataset.draft, { method: "POST", body, headers: { "X-CSRF-Token": csrfToken() }, keepalive, signal: stop.signal });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    contact();
    const clock = new Date().toLocaleTimeString("sv-SE", { hour: "2-digit", minute: "2-digit" }).replace(":", ".");
    if (status) status.textContent = `Utkast sparat kl. ${clock}`;
  } catch {
    if (status && !stop.signal.aborted) status.textContent = "Utkastet kunde inte sparas. Texten står kvar här.";
  }
}

function soon(form, pause) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), pause));
}

function comeBack(root) {
  const form = root.querySelector?.("form[data-draft-at]");
  if (!form) return;
  const { draftScroll } = form.dataset;
  if (draftScroll) scrollTo(0, Number(draftScroll));
  const field = form.elements[form.dataset.draftAt];
  (field instanceof RadioNodeList ? [...field].find((one) => one.checked) : field)?.focus?.({ preventScroll: Boolean(draftScroll) });
}

export function startDrafts() {
  onContent(comeBack);
  for (const [kind, pause] of [["input", TYPING_MS], ["change", PAUSE_MS], ["row:changed", PAUSE_MS], ["htmx:load", PAUSE_MS]]) {
    document.addEventListener(kind, (event) => {
      const form = event.target.form ?? event.target.closest?.("form");
      if (kind === "input" && form) sent.delete(form);
      if (form?.dataset.draft && !sent.has(form) && !event.target.closest("[data-not-in-draft]")) soon(form, pause);
    });
  }
  document.addEventListener("submit", (event) => { // what is sent for real must not be brought back by a late draft
    sent.add(event.target);
    clearTimeout(waiting.get(event.target));
    waiting.delete(event.target);
    sending.get(event.target)?.abort();
  }, true);
  for (const kind of ["beforeunload", "pagehide"]) { // the first comes before the next page is asked for
    addEventListener(kind, () => {
      for (const form of document.querySelectorAll("form[data-draft]")) if (waiting.has(form)) send(form);
    });
  }
}
