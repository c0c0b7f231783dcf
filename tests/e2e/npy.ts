/** Reads NumPy's `.npy` files: what the page lets people download, and the golden tables. */
import assert from 'node:assert/strict';

export interface Matrix {
  rows: number;
  columns: number;
  /** Row-major. */
  values: Float32Array;
}

/** A two-dimensional, row-major table of 32-bit floats. */
export function readNpy(bytes: Buffer): Matrix {
  assert.equal(bytes.subarray(0, 6).toString('latin1'), '\x93NUMPY');
  const headerLength = bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  const start = (bytes[6] === 1 ? 10 : 12) + headerLength;
  const header = bytes.subarray(bytes[6] === 1 ? 10 : 12, start).toString('latin1');
  assert.match(header, /'descr': '<f4'/);
  assert.match(header, /'fortran_order': False/);
  const shape = /'shape': \((\d+), (\d+)\)/.exec(header);
  assert.ok(shape, `no shape in ${header}`);
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  const values = new Float32Array(rows * columns);
  assert.equal(bytes.length - start, values.byteLength);
  for (let i = 0; i < values.length; i++) values[i] = bytes.readFloatLE(start + 4 * i);
  return { rows, columns, values };
}

/** Sine of the largest angle from `a`'s columns to the span of `b`'s; both have orthonormal columns. */
export function worstAngle(a: Matrix, b: Matrix): number {
  assert.deepEqual([a.rows, a.columns], [b.rows, b.columns]);
  let worst = 0;
  for (let i = 0; i < a.columns; i++) {
    const rest = column(a, i);
    for (let j = 0; j < b.columns; j++) {
      const other = column(b, j);
      const along = rest.reduce((sum, x, r) => sum + x * (other[r] ?? 0), 0);
      for (let r = 0; r < rest.length; r++) rest[r] = (rest[r] ?? 0) - along * (other[r] ?? 0);
    }
    worst = Math.max(worst, Math.hypot(...rest));
  }
  return worst;
}

function column(m: Matrix, j: number): number[] {
  return Array.from({ length: m.rows }, (_, r) => m.values[r * m.columns + j] ?? Number.NaN);
}
