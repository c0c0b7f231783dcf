// Reads one table out of a `.safetensors` file, such as a run's checkpoint.

export interface FloatTable {
  rows: number;
  dim: number;
  /** rows × dim, row-major. */
  vectors: Float32Array;
}

/** Bytes before the header: its length as a little-endian 64-bit number. */
const PREFIX = 8;

/** The two-dimensional tensor `name` of 32-bit floats. Throws with the name if the file has none such. */
export function readTable(file: ArrayBuffer, name: string): FloatTable {
  const refuse = (why: string) => new RangeError(`${name}: ${why}`);
  if (file.byteLength < PREFIX) throw refuse(`a file of ${file.byteLength} bytes has no header`);
  const length = Number(new DataView(file).getBigUint64(0, true));
  const begin = PREFIX + length;
  if (begin > file.byteLength)
    throw refuse(`the header has ${length} bytes, the file ${file.byteLength}`);
  const text = new TextDecoder().decode(new Uint8Array(file, PREFIX, length));
  const header = JSON.parse(text) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensor = header[name];
  if (!tensor) throw refuse('the file has no tensor of this name');
  const { dtype, shape, data_offsets } = tensor;
  const [rows, dim] = shape;
  if (dtype !== 'F32' || shape.length !== 2 || rows === undefined || dim === undefined)
    throw refuse(`${dtype} of shape ${shape.join(' × ')} is no table of 32-bit floats`);
  const [from, to] = data_offsets;
  if (to - from !== 4 * rows * dim || begin + to > file.byteLength)
    throw refuse(`${rows} × ${dim} floats do not lie at bytes ${from} to ${to}`);
  // Copied: the data need not begin at a multiple of four.
  return { rows, dim, vectors: new Float32Array(file.slice(begin + from, begin + to)) };
}
