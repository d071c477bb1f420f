// htmx without eval, inline styles or foreign hosts; a form with faults comes back as 422 and is shown.
import htmx from "htmx.org";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // pages hold personal data: none of it stays in the browser's storage
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  defaultSettleDelay: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** A page that asks again by itself (data-poll) keeps no session alive. */
export const isBackground = (event) => Boolean(event.detail.elt?.closest?.("[data-poll]"));

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = csrfToken();
  if (isBackground(event)) event.detail.headers["X-Background"] = "1";
});
document.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (event) => event.detail.target?.removeAttribute("aria-busy"));
// A search that is refused comes as a whole page, with what is wrong at the fields: it is shown as one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig, pathInfo, boosted } = event.detail;
  if (xhr.status === 409 && !/^\s*<!doctype/i.test(xhr.responseText)) { // somebody else was first: the dialog with both
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
  if (boosted || requestConfig.verb !== "get" || !/^\s*<!doctype/i.test(xhr.responseText)) return;
  event.detail.shouldSwap = false;
  location.assign(pathInfo.finalRequestPath);
});
// A region without its answer is worse than a page load: an error shows the server's own page.
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, requestConfig, pathInfo } = event.detail;
  if (xhr.status === 401) location.reload();
  else if (requestConfig.verb === "get") location.assign(pathInfo.finalRequestPath);
  else showProblem(xhr.responseText);
});
document.addEventListener("htmx:sendError", () => showProblem(""));

function showProblem(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const alert = page.querySelector(".alert.err");
  const place = document.querySelector("dialog[open] .content") ?? document.querySelector("main");
  const box = alert ? document.adoptNode(alert) : document.createElement("div");
  if (!alert) {
    box.className = "alert err";
    box.setAttribute("role", "alert");
    box.textContent = "Vi fick inget svar och inget är ändrat. Det du skrivit står kvar. Försök igen om en stund.";
  }
  box.tabIndex = -1;
  place.prepend(box);
  box.focus();
}

export { htmx };

/** Call `start(root)` for the page and for whatever htmx puts into it. */
export function onContent(start) {
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
}
