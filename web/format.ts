// Numbers as people read them. British English, no locale surprises: a shared picture looks the same everywhere.

const COUNT = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

export function count(n: number): string {
  return COUNT.format(n);
}

/** A count with its noun: `1 user`, `2 users`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Up to `digits` significant digits; exponents only where a plain number would be unreadable. */
export function num(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'not a number' : x > 0 ? '∞' : '−∞';
  if (x === 0) return '0';
  const size = Math.abs(x);
  const text =
    size < 1e-4 || size >= 1e7
      ? x.toExponential(Math.max(0, digits - 2))
      : String(Number(x.toPrecision(digits)));
  return text.replace('-', '−');
}

/** A metric or loss with fixed decimals, so that columns line up. */
export function fixed(x: number, decimals = 4): string {
  return Number.isFinite(x) ? x.toFixed(decimals).replace('-', '−') : num(x);
}

export function percent(share: number, digits = 3): string {
  return `${num(share * 100, digits)} %`;
}

export function seconds(s: number): string {
  if (s < 0.0095) return `${num(s * 1000, 2)} ms`;
  if (s < 0.95) return `${Math.round(s * 1000)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  const whole = Math.round(s);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${num(n / 1e3, 3)} kB`;
  return n < 1e9 ? `${num(n / 1e6, 3)} MB` : `${num(n / 1e9, 3)} GB`;
}

/** `done` of progress in its unit: bytes as MB, the rest as counts. */
export function amount(n: number, unit: string): string {
  return unit === 'bytes' ? bytes(n) : `${count(n)} ${unit}`;
}

/** `3 of 16 eigenpairs`, `1.2 MB of 4 MB`. */
export function amountOf(done: number, total: number, unit: string): string {
  return unit === 'bytes'
    ? `${bytes(done)} of ${bytes(total)}`
    : `${count(done)} of ${count(total)} ${unit}`;
}

export function date(unixSeconds: number): string {
  const ms = unixSeconds > 1e11 ? unixSeconds : unixSeconds * 1000;
  const d = new Date(ms);
  return Number.isNaN(d.getTime()) ? String(unixSeconds) : d.toISOString().slice(0, 10);
}

/** One CSV field (RFC 4180). */
export function csvField(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(columns: string[], rows: Iterable<readonly (string | number)[]>): string {
  const lines = [columns.map(csvField).join(',')];
  for (const row of rows) lines.push(row.map(csvField).join(','));
  return `${lines.join('\r\n')}\r\n`;
}
