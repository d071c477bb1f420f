import assert from "node:assert/strict";
import { test } from "node:test";
import { isoDay, parseDay } from "../js/dates.js";

const tuesday = new Date("2026-11-24T00:00Z");

for (const [text, means] of [
  ["i", "2026-11-24"], ["+30", "2026-12-24"], ["-7", "2026-11-17"], ["\u22127", "2026-11-17"], ["24", "2026-11-24"], ["2412", "2026-12-24"],
  ["24/12", "2026-12-24"], ["fre", "2026-11-27"], ["tis", "2026-12-01"], ["sön", "2026-11-29"], ["261224", "2026-12-24"],
  ["20261224", "2026-12-24"], ["2026-12-24", "2026-12-24"], ["2026-1-2", "2026-01-02"],
]) test(`${text} is ${means} on a Tuesday in November`, () => assert.equal(isoDay(parseDay(text, tuesday)), means));

for (const text of ["", "31", "3102", "2026-13-02", "imorgon", "2026"]) {
  test(`"${text}" is no day`, () => assert.equal(parseDay(text, tuesday), null));
}

test("+30 counts from the invoice date where there is one", () =>
  assert.equal(isoDay(parseDay("+30", tuesday, new Date("2026-12-01T00:00Z"))), "2026-12-31"));
