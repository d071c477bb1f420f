// A form is sent once. The request id makes a repeat harmless on the server; this keeps it from being tried.
const sent = new WeakSet();

function release(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll(".btn.busy")) button.classList.remove("busy");
}

export function startSubmitGuard() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || (form.method === "get" && !form.matches("[data-once]"))) return;
    if (sent.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    sent.add(form);
    const { submitter } = event;
    setTimeout(() => sent.has(form) && !form.target && submitter?.classList.contains("btn") && submitter.classList.add("busy"), 300);
    if (form.target) setTimeout(() => release(form), 1000); // answers in another window
  }, true);
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt?.closest?.("form");
    if (form) release(form);
  });
  addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form").forEach(release));
}
