// Short dates: `i` today, `+30` `-7` from a base day, `24` this month, `2412` `24/12` this year, `fre` next Friday.
// The same rules as kernel.formats.parse_date, which has the last word.

const WEEKDAYS = { sön: 0, son: 0, mån: 1, man: 1, tis: 2, ons: 3, tor: 4, fre: 5, lör: 6, lor: 6 };

/** `2026-12-24` of a UTC day. */
export const isoDay = (day) => day.toISOString().slice(0, 10);

/** Today where the ledger lives, as a UTC day. */
export const today = () => new Date(`${new Date().toLocaleDateString("sv-SE", { timeZone: "Europe/Stockholm" })}T00:00Z`);

const later = (day, days) => new Date(day.getTime() + days * 86_400_000);

function exactly(year, month, day) {
  const found = new Date(Date.UTC(year, month - 1, day));
  return found.getUTCMonth() === month - 1 && found.getUTCDate() === day ? found : null;
}

/** What the text means as a UTC day, or null. */
export function parseDay(text, now = today(), base = now) {
  const plain = text.trim().toLowerCase().replace(/[\u2212\u2013]/g, "-");
  if (plain === "i") return now;
  if (Object.hasOwn(WEEKDAYS, plain)) return later(now, ((WEEKDAYS[plain] - now.getUTCDay() - 1 + 14) % 7) + 1);
  if (/^[-+]\d{1,4}$/.test(plain)) return later(base, Number(plain));
  if (/^\d{1,2}$/.test(plain)) return exactly(now.getUTCFullYear(), now.getUTCMonth() + 1, Number(plain));
  let match = /^(\d{1,2})\/(\d{1,2})$|^(\d{2})(\d{2})$/.exec(plain);
  if (match) return exactly(now.getUTCFullYear(), Number(match[2] ?? match[4]), Number(match[1] ?? match[3]));
  match = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(plain) ?? /^((?:\d{2})?\d{2})(\d{2})(\d{2})$/.exec(plain);
  if (!match) return null;
  const year = match[1].length === 4 ? Number(match[1]) : Math.floor(now.getUTCFullYear() / 100) * 100 + Number(match[1]);
  return exactly(year, Number(match[2]), Number(match[3]));
}
