// Lines to totals, exactly, in whole minor units: the same calculation as cleverinvo/invoices/totals.py, and tried on
// the same cases (tests/rules/money.json). What cannot be read counts as nothing here; the server says what is wrong.
const SCALE = 8; // decimals kept of what is typed; no price has more
const UNIT = 10n ** BigInt(SCALE);

export function scaled(text) {
  const plain = String(text ?? "").replace(/\s/g, "");
  const point = plain.includes(".") ? plain : plain.replace(",", ".");
  const found = /^(-?)(\d{1,40})(?:\.(\d{1,8}))?$/.exec(point);
  if (!found) return 0n;
  const number = BigInt(found[2]) * UNIT + BigInt((found[3] ?? "").padEnd(SCALE, "0"));
  return found[1] ? -number : number;
}

// Half away from zero.
function rounded(number, divisor) {
  const half = (2n * (number < 0n ? -number : number) + divisor) / (2n * divisor);
  return number < 0n ? -half : half;
}

function floor(number, divisor) {
  const quotient = number / divisor;
  return number % divisor !== 0n && number < 0n !== divisor < 0n ? quotient - 1n : quotient;
}

const percentage = (base, rate) => rounded(base * rate, 100n * UNIT);
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0n);

// "10%" is a rate, "25.00" an amount.
function discount(base, text, digits) {
  const plain = String(text ?? "").trim();
  if (plain.endsWith("%")) return percentage(base, scaled(plain.slice(0, -1)));
  return rounded(scaled(plain), 10n ** BigInt(SCALE - digits));
}

// Shares `whole` in proportion to `weights` by largest remainder, so that the shares add up exactly.
function spread(whole, weights) {
  if (!whole) return weights.map(() => 0n);
  let divisor = sum(weights);
  const sign = divisor < 0n ? -1n : 1n;
  divisor *= sign;
  if (!divisor) return weights.map(() => 0n);
  const exact = weights.map((weight) => whole * weight * sign);
  const shares = exact.map((number) => floor(number, divisor));
  const remainders = exact.map((number, place) => number - shares[place] * divisor);
  const order = shares.map((_, place) => place).sort((a, b) => (remainders[a] < remainders[b] ? 1 : remainders[a] > remainders[b] ? -1 : a - b));
  const left = Number(whole - sum(shares));
  for (const place of order.slice(0, left)) shares[place] += 1n;
  return shares;
}

// lines: {quantity, unitPrice, discount, taxRate, taxCategory}, all as typed. Amounts are minor units.
export function price(lines, documentDiscount, digits) {
  const perMinor = 10n ** BigInt(2 * SCALE - digits);
  const amounts = lines.map((line) => rounded(scaled(line.quantity) * scaled(line.unitPrice), perMinor));
  const discounts = lines.map((line, place) => discount(amounts[place], line.discount, digits));
  const nets = amounts.map((amount, place) => amount - discounts[place]);
  const whole = discount(sum(nets), documentDiscount, digits);
  const shares = spread(whole, nets);
  const groups = new Map();
  lines.forEach((line, place) => {
    const rate = scaled(line.taxRate);
    if (!rate && !line.taxCategory) return;
    const key = `${rate}:${line.taxCategory || "S"}`;
    const group = groups.get(key) ?? { rate, base: 0n };
    group.base += nets[place] - shares[place];
    groups.set(key, group);
  });
  const subtotal = sum(amounts);
  const discountTotal = sum(discounts) + whole;
  const taxTotal = sum([...groups.values()].map((group) => percentage(group.base, group.rate)));
  return { amounts, subtotal, discountTotal, taxTotal, total: subtotal - discountTotal + taxTotal };
}

// 1180000 of two digits: "11800.00".
export function plain(minor, digits) {
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  const cut = text.length - digits;
  return (minor < 0n ? "-" : "") + (digits ? `${text.slice(0, cut)}.${text.slice(cut)}` : text);
}

export function format(minor, currency, digits) {
  const options = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat("en", options).format(plain(minor, digits)).replace("-", "−");
}
