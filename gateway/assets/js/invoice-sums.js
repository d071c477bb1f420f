// What an invoice comes to, as kernel.vat: net per row, VAT per rate on the sum of its nets, both half-up, then whole kronor.
import { halfUp, SCALE } from "./numbers.js";

/** Net of a row in öre; quantity and price in millionths, discount in millionths of a per cent. */
export const rowNet = (quantity, price, discount = 0n) =>
  halfUp(quantity * price * (100n * SCALE - discount) * 100n, SCALE * SCALE * 100n * SCALE);

/** rows = [{net, rate}], net in öre, rate in millionths of a per cent. All amounts in öre. */
export function invoiceSums(rows, { roundToKrona = true } = {}) {
  const nets = new Map();
  for (const { net, rate } of rows) nets.set(rate, (nets.get(rate) ?? 0n) + net);
  const vat = [...nets].sort(([a], [b]) => (a > b ? -1 : 1)).map(([rate, net]) => ({ rate, vat: halfUp(net * rate, 100n * SCALE) }));
  const net = rows.reduce((sum, row) => sum + row.net, 0n);
  const exact = net + vat.reduce((sum, one) => sum + one.vat, 0n);
  const rounding = roundToKrona ? 100n * halfUp(exact, 100n) - exact : 0n;
  return { net, vat, rounding, total: exact + rounding };
}
