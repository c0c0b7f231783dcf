// From a value to a colour of a heat map, and back to what its legend says.

/** `share` runs from −1 to 1 for signed values, from 0 to 1 for others. */
export interface HeatScale {
  /** Largest magnitude. */
  most: number;
  signed: boolean;
  share(value: number): number;
  /** The value with this share. */
  value(share: number): number;
}

/** Orders of magnitude that signed colours tell apart below the largest value. */
const DECADES = 3;

/**
 * Colours for these values. Unsigned ones are shares of a `whole`, or run from 0 to the largest. Signed ones go by the
 * inverse hyperbolic sine, which is linear about zero and logarithmic beyond: a decay of 10⁻⁴ is to be seen beside a
 * growth of 10⁻².
 */
export function heatScale(values: Iterable<number>, signed: boolean, whole = true): HeatScale {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  if (!signed && !whole) {
    const top = most || 1;
    return { most, signed, share: (v) => Math.max(0, v) / top, value: (s) => s * top };
  }
  if (!signed) {
    // Shares of one whole: the same colours for every setting.
    return { most: 1, signed, share: (v) => Math.min(1, Math.max(0, v)), value: (s) => s };
  }
  const small = (most || 1) / 10 ** DECADES;
  const range = Math.asinh((most || 1) / small);
  return {
    most,
    signed,
    share: (v) => Math.max(-1, Math.min(1, Math.asinh(v / small) / range)),
    value: (s) => small * Math.sinh(s * range),
  };
}

/**
 * Where a table's rows change their sign, between which two and how far: for each column the places, counted in
 * rows, at which it passes through zero.
 */
export function zeroCrossings(
  table: ArrayLike<number>,
  rows: number,
  columns: number,
): { column: number; row: number }[] {
  const found: { column: number; row: number }[] = [];
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row + 1 < rows; row++) {
      const [a, b] = [
        table[row * columns + column] as number,
        table[(row + 1) * columns + column] as number,
      ];
      if (a < 0 === b < 0 || a === b) continue;
      found.push({ column, row: row + a / (a - b) });
    }
  }
  return found;
}
