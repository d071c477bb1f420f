// Kontrollantal and Kontrollsumma of a journal: compared as one leaves the field, and red with the difference.
// Markup: [data-control-count][data-control-minor][data-control-unit] around the two fields and [data-control-result].
import { formatMinor, halfUp, parseNumber } from "./numbers.js";

const MILLIONTHS_OF_ORE = 10_000n;

function compare(box) {
  const [count, sum] = box.querySelectorAll("input");
  const out = box.querySelector("[data-control-result]");
  const faults = [];
  if (count.value.trim()) {
    const off = Number(count.value.replace(/\s/g, "")) - Number(box.dataset.controlCount);
    if (off) faults.push(Number.isNaN(off) ? "Antalet är inget tal." : `Antalet är ${Math.abs(off)} ${off < 0 ? "lägre" : "högre"} än bunten.`);
  }
  if (sum.value.trim()) {
    const value = parseNumber(sum.value);
    const off = value === null ? null : halfUp(value, MILLIONTHS_OF_ORE) - BigInt(box.dataset.controlMinor);
    if (off === null) faults.push("Summan är inget tal.");
    else if (off) faults.push(`Summan är ${formatMinor(off < 0n ? -off : off)} kr ${off < 0n ? "lägre" : "högre"} än bunten.`);
  }
  const filled = count.value.trim() || sum.value.trim();
  out.className = `small mt-2 ${faults.length ? "err" : "ok"}`;
  out.textContent = faults.length ? faults.join(" ") : filled ? "Stämmer med bunten." : "";
}

export function startControlTotals() {
  document.addEventListener("change", (event) => {
    const box = event.target.closest?.("[data-control-count]");
    if (box) compare(box);
  });
}
