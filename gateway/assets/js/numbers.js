// Amounts as people write them: `1234,5`, `1 234.50`, `3*412,50`, `349-`. Exact arithmetic on whole numbers, no floats.
// The server reads again what the field ends up with; this only shows it early.

export const SCALE = 1_000_000n; // six decimals, as the ledger's quantities and prices

/** The nearest whole of n / d, a half away from zero. */
export function halfUp(n, d) {
  const negative = n < 0n !== d < 0n;
  const [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
  const whole = (2n * a + b) / (2n * b);
  return negative ? -whole : whole;
}

/** The value in millionths, or null if the text is no number or sum. */
export function parseNumber(text) {
  const plain = text.replace(/[\s\u00a0\u202f]/g, "").replace(/[\u2212\u2013]/g, "-").replace(/^([\d.,]+)-$/, "-$1");
  if (!plain || plain.length > 60) return null;
  const tokens = plain.match(/[\d]+(?:[.,]\d{1,6})?|[-+*/()]/g);
  if (!tokens || tokens.join("") !== plain) return null;
  let at = 0;
  const sum = () => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value = tokens[at++] === "+" ? value + product() : value - product();
    return value;
  };
  const product = () => {
    let value = factor();
    while (tokens[at] === "*" || tokens[at] === "/") {
      if (tokens[at++] === "*") value = halfUp(value * factor(), SCALE);
      else {
        const by = factor();
        if (by === 0n) throw new RangeError();
        value = halfUp(value * SCALE, by);
      }
    }
    return value;
  };
  const factor = () => {
    const token = tokens[at++];
    if (token === "-") return -factor();
    if (token === "+") return factor();
    if (token === "(") {
      const value = sum();
      if (tokens[at++] !== ")") throw new SyntaxError();
      return value;
    }
    if (!token || !/^\d/.test(token)) throw new SyntaxError();
    const [whole, fraction = ""] = token.split(/[.,]/);
    return BigInt(whole) * SCALE + BigInt(fraction.padEnd(6, "0"));
  };
  try {
    const value = sum();
    return at === tokens.length ? value : null;
  } catch {
    return null;
  }
}

/** Whether a plain number may be a thousand or has more decimals than fit: left as written, so that the server can say so. */
export function isUnclear(text, most) {
  const match = /^[-\u2212\u2013]?([\d\s]*)([.,])(\d+)-?$/.exec(text.trim());
  if (!match) return false;
  const [, whole, sign, fraction] = match;
  return fraction.length > most || (fraction.length === 3 && whole.trim().length <= 3 && sign === ".");
}

/** Millionths as `1 234,50`: at least `least` decimals, at most `most`, true minus sign, no-break space. */
export function formatNumber(value, least = 2, most = 2) {
  const rounded = halfUp(value, 10n ** BigInt(6 - most));
  const digits = String(rounded < 0n ? -rounded : rounded).padStart(most + 1, "0");
  const whole = digits.slice(0, digits.length - most).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  let fraction = most ? digits.slice(-most) : "";
  while (fraction.length > least && fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  return `${rounded < 0n ? "\u2212" : ""}${whole}${fraction ? `,${fraction}` : ""}`;
}

/** Öre as `1 234,50`. */
export const formatMinor = (minor) => formatNumber(minor * 10_000n);
