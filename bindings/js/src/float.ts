/**
 * A float32 as the shortest decimal that reads back to the same float32, with a point or an exponent, as the command
 * line prints it.
 */

/** 9 significant digits tell every float32 from its neighbours. */
const MOST_DIGITS = 9;
/** Between these powers of ten a number is written out: 1e-5 to below 1e13, as the JSON of 2020 did. */
const WRITTEN_FROM = -5;
const WRITTEN_BELOW = 13;

const readsBack = (text: string, value: number): boolean => Math.fround(Number(text)) === value;

/**
 * At a power of two the neighbour below is half as far as the one above: the closest decimal of n digits may then miss
 * on the near side, while the next one up still reads back.
 */
function above(text: string): string {
  return text.replace(/([0-8])e/, (_, digit: string) => `${Number(digit) + 1}e`);
}

/** Of a positive number: "d.ddde+x". */
function shortest(value: number): string {
  for (let digits = 1; digits <= MOST_DIGITS; digits++) {
    const text = value.toExponential(digits - 1);
    if (readsBack(text, value)) return text;
    if (readsBack(above(text), value)) return above(text);
  }
  return value.toExponential(MOST_DIGITS - 1);
}

/** Finite numbers only: JSON has no others. */
export function floatText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (value === 0) return `${sign}0.0`;
  const [mantissa = '', power = ''] = shortest(Math.abs(value)).split('e');
  const exponent = Number(power);
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  if (exponent < WRITTEN_FROM || exponent >= WRITTEN_BELOW) {
    return `${sign}${digits[0]}${digits.length > 1 ? '.' : ''}${digits.slice(1)}e${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
