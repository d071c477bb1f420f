// One clock over all tabs: the server was last asked at …; a warning before the session ends, and the way out when it has.
// Only real work counts: moving the mouse or leaving the page open keeps nothing alive.
import { csrfToken, isBackground } from "./htmx-setup.js";

const KEY = "klientwebb.last-contact";
const { sessionIdle, sessionWarn, sessionPing, sessionEnd } = document.documentElement.dataset;
const idleMs = Number(sessionIdle) * 1000;
const warnMs = Number(sessionWarn) * 1000;
const channel = "BroadcastChannel" in window ? new BroadcastChannel("klientwebb.session") : null;
let last = Date.now();

/** The server has just seen us; every tab is told. */
export function contact() {
  last = Date.now();
  try {
    localStorage.setItem(KEY, String(last));
  } catch { /* private windows may refuse; the channel still tells */ }
  channel?.postMessage(last);
  tick();
}

function heard(at) {
  if (at > last) {
    last = at;
    tick();
  }
}

function tick() {
  const bar = document.getElementById("session-bar");
  if (!bar) return;
  const passed = Date.now() - last;
  if (passed >= idleMs) {
    location.assign(`${sessionEnd}${sessionEnd.includes("?") ? "&" : "?"}next=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
  const left = Math.ceil((idleMs - passed) / 1000);
  const words = left > 60 ? `${Math.ceil(left / 60)} min` : `${left} s`;
  const text = bar.querySelector("[data-session-left]");
  if (bar.hidden || left > 60 || left % 10 === 0) text.textContent = words; // read aloud now and then, not every second
  if (bar.hidden !== passed < warnMs) bar.hidden = passed < warnMs;
}

async function goOn() {
  const answer = await fetch(sessionPing, { method: "POST", headers: { "X-CSRF-Token": csrfToken() } }).catch(() => null);
  if (answer?.ok) contact();
  else location.reload();
}

export function startSession() {
  if (!idleMs) return;
  contact();
  document.querySelector("[data-session-continue]")?.addEventListener("click", goOn);
  document.addEventListener("htmx:afterRequest", (event) => event.detail.successful && !isBackground(event) && contact());
  channel?.addEventListener("message", (event) => heard(event.data));
  addEventListener("storage", (event) => event.key === KEY && heard(Number(event.newValue)));
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
}
