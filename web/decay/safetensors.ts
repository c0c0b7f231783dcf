// Reads tables and the metadata out of a `.safetensors` file, such as a run's checkpoint.

export interface FloatTable {
  rows: number;
  dim: number;
  /** rows × dim, row-major. */
  vectors: Float32Array;
}

/** Bytes before the header: its length as a little-endian 64-bit number. */
const PREFIX = 8;

interface Tensor {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, Tensor> & { __metadata__?: Record<string, string> };

/** What lies before the numbers, and where those begin; `what` is named where the file cannot be read. */
function open(file: ArrayBuffer, what: string): { header: Header; begin: number } {
  const refuse = (why: string) => new RangeError(`${what}: ${why}`);
  if (file.byteLength < PREFIX) throw refuse(`a file of ${file.byteLength} bytes has no header`);
  const length = Number(new DataView(file).getBigUint64(0, true));
  const begin = PREFIX + length;
  if (begin > file.byteLength)
    throw refuse(`the header has ${length} bytes, the file ${file.byteLength}`);
  const text = new TextDecoder().decode(new Uint8Array(file, PREFIX, length));
  return { header: JSON.parse(text) as Header, begin };
}

/** The two-dimensional tensor `name` of 32-bit floats. Throws with the name if the file has none such. */
export function readTable(file: ArrayBuffer, name: string): FloatTable {
  const refuse = (why: string) => new RangeError(`${name}: ${why}`);
  const { header, begin } = open(file, name);
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

/** The text that the metadata have under `key`. Throws with the key if they have none. */
export function readMetadata(file: ArrayBuffer, key: string): string {
  const text = open(file, key).header.__metadata__?.[key];
  if (text === undefined) throw new RangeError(`${key}: the file’s metadata have no such key`);
  return text;
}
