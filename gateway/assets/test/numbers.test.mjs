import assert from "node:assert/strict";
import { test } from "node:test";
import { invoiceSums, rowNet } from "../js/invoice-sums.js";
import { formatNumber, isUnclear, parseNumber, SCALE } from "../js/numbers.js";

const shown = (text, least = 2, most = 2) => formatNumber(parseNumber(text), least, most);

for (const [text, means] of [
  ["1234,5", "1\u00a0234,50"], ["1234.50", "1\u00a0234,50"], ["3*412,50", "1\u00a0237,50"], ["-349", "\u2212349,00"], ["349,00-", "\u2212349,00"],
  ["\u2212349,00", "\u2212349,00"], ["1 234 567,8", "1\u00a0234\u00a0567,80"], ["(2+3)*10", "50,00"], ["100/3", "33,33"], ["0,005", "0,01"], ["10-2-3", "5,00"],
]) test(`${text} shows as ${means}`, () => assert.equal(shown(text), means));

for (const text of ["", "1 2a4,00", "3**4", "1/0", "(1", "1,2,3", "--"]) {
  test(`"${text}" is left as it is`, () => assert.equal(parseNumber(text), null));
}

for (const [text, most] of [["1.234", 2], ["1.234", 6], ["1,234", 2], ["12,3456", 2]]) {
  test(`${text} with ${most} decimals may mean two things`, () => assert.ok(isUnclear(text, most)));
}
for (const [text, most] of [["1 234,50", 2], ["0,874", 6], ["3*1,234", 2], ["-5", 0]]) {
  test(`${text} with ${most} decimals is clear`, () => assert.ok(!isUnclear(text, most)));
}

test("a price keeps the decimals that it has", () => assert.equal(shown("0,8742", 2, 6), "0,8742"));
test("a quantity has none unless needed", () => assert.equal(shown("1482", 0, 6), "1\u00a0482"));

const n = (text) => parseNumber(text);

test("the invoice of the picture comes to 1 619 kronor", () => {
  const net = rowNet(n("1482"), n("0,8742"));
  assert.equal(net, 129_556n);
  const result = invoiceSums([{ net, rate: 25n * SCALE }]);
  assert.deepEqual([result.net, result.vat[0].vat, result.rounding, result.total], [129_556n, 32_389n, -45n, 161_900n]);
});

test("VAT is counted per rate on the sum of its nets, highest first, a credit mirrored", () => {
  const rows = [{ net: 1010n, rate: 25n * SCALE }, { net: 333n, rate: 6n * SCALE }, { net: 1010n, rate: 25n * SCALE }];
  const credit = rows.map(({ net, rate }) => ({ net: -net, rate }));
  const [a, b] = [invoiceSums(rows), invoiceSums(credit)];
  assert.deepEqual(a.vat.map((one) => one.vat), [505n, 20n]);
  assert.equal(b.total, -a.total);
});

test("a discount lowers the row", () => assert.equal(rowNet(n("3"), n("100"), n("12,5")), 26_250n));
test("other currencies are not rounded to whole units", () =>
  assert.equal(invoiceSums([{ net: 129_556n, rate: 25n * SCALE }], { roundToKrona: false }).total, 161_945n));
