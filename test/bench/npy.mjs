// Arrays as numpy saves them, for Node and pages alike.

const ARRAYS = {
  f4: Float32Array,
  f8: Float64Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  b1: Uint8Array,
};
const DTYPES = { f4: 'float32', f8: 'float64', i4: 'int32', i8: 'int64', u1: 'uint8', b1: 'bool' };

/** { data, shape, dtype } of the bytes of a .npy file. */
export function readNpy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0x93) throw new Error('not a .npy file');
  const [length, at] = bytes[6] === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  const header = new TextDecoder().decode(bytes.subarray(at, at + length));
  const [, type] = /'descr': '[<|]([a-z]\d)'/.exec(header) ?? [];
  const [, sizes] = /'shape': \(([\d, ]*)\)/.exec(header) ?? [];
  const Array = ARRAYS[type];
  if (!Array || sizes === undefined || /'fortran_order': True/.test(header))
    throw new Error(`no such arrays: ${header}`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim())
    .map(Number);
  return { data: new Array(Uint8Array.from(bytes.subarray(at + length)).buffer), shape, dtype: DTYPES[type] };
}
