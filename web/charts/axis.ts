// Linear and logarithmic axes: the range around values, and where to put marks.

export interface Axis {
  low: number;
  high: number;
  log: boolean;
  ticks: number[];
}

/** Share of the axis, from 0 at its low end to 1. Values below a logarithmic axis lie at its low end. */
export function along({ low, high, log }: Axis, value: number): number {
  if (!log) return (value - low) / (high - low);
  return value <= low ? 0 : Math.log(value / low) / Math.log(high / low);
}

/** An axis around the values; a logarithmic one leaves out what is not positive. */
export function axisAround(values: Iterable<number>, log: boolean, most: number): Axis {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = log ? [0.1, 1] : [0, 1];
  return log ? logAxis(low, high, most) : linearAxis(low, high, most);
}

function linearAxis(low: number, high: number, most: number): Axis {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((s) => s * power >= rough) ?? 10) * power;
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: to - from + 1 }, (_, i) =>
    Number(((from + i) * step).toPrecision(12)),
  );
  return { low: from * step, high: to * step, log: false, ticks };
}

function logAxis(low: number, high: number, most: number): Axis {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const marks = (steps: readonly number[]) => {
    const all: number[] = [];
    for (let power = first; power <= last; power++)
      for (const step of steps) all.push(Number((step * 10 ** power).toPrecision(6)));
    const from = all.findLastIndex((v) => v <= low * (1 + 1e-9));
    const to = all.findIndex((v) => v >= high * (1 - 1e-9));
    return all.slice(Math.max(0, from), Math.max(from + 1, to) + 1);
  };
  const fine = marks([1, 2, 5]);
  const ends: [number, number] = [fine[0] ?? low, fine.at(-1) ?? high];
  // From more decades than there is room for, every second or third is named.
  const coarse = marks([1]).filter((v) => v >= ends[0] && v <= ends[1]);
  const every = Math.ceil(coarse.length / most);
  const ticks = fine.length <= most ? fine : coarse.filter((_, i) => i % every === 0);
  return { low: ends[0], high: ends[1], log: true, ticks };
}
