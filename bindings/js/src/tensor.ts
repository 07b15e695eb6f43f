/** Tensors on their way in and out: data types from the module's table, typed arrays, shapes. */
import * as abi from './abi.js';
import { MswError } from './error.js';
import type { Instance } from './instance.js';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | BigInt64Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | BigUint64Array;

/**
 * A row of the module's table of data types. `label` is what the 2020 command line calls it, null where it had none.
 */
export interface DType {
  readonly id: number;
  readonly name: string;
  readonly label: string | null;
  readonly number: 'f' | 'B' | 'i' | 'u' | 'b' | 'n';
  readonly bytes: number;
}

/**
 * A model's input or output as declared. A size of -1: any; shape null: any shape; dtype 'any': not known before a run.
 */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[] | null;
}

export interface Tensor {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** What run() takes: a bare typed array has the declared shape, or else is a vector. */
export type TensorLike = TypedArray | { data: TypedArray; shape?: readonly number[]; dtype?: string };

/** A tensor checked and ready to be copied in. */
export interface Resolved {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Arrays by the kind and size of their elements; a bool is a byte. */
const ARRAYS = {
  f4: Float32Array,
  f8: Float64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  b1: Uint8Array,
} as const;
type ArrayClass = (typeof ARRAYS)[keyof typeof ARRAYS];

/** None for a type like float16, which a module may have and old engines lack. */
function arrayOf(dtype: DType): ArrayClass | undefined {
  return (ARRAYS as Record<string, ArrayClass>)[dtype.number + dtype.bytes];
}

/** "[2, 3]", with ? for a size that can be any. */
export function shapeText(shape: readonly number[] | null): string {
  return shape ? `[${shape.map((size) => (size < 0 ? '?' : size)).join(', ')}]` : '[...]';
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export class DTypes {
  readonly list: readonly DType[];

  constructor(private readonly instance: Instance) {
    this.list = [...instance.rows('msw_dtype_at', abi.DTYPE.bytes)].map((row) => {
      const label = row.getUint32(abi.DTYPE.label, true);
      return {
        id: row.getInt32(abi.DTYPE.dtype, true),
        name: instance.string(row.getUint32(abi.DTYPE.name, true)),
        label: label === 0 ? null : instance.string(label),
        number: String.fromCharCode(row.getUint8(abi.DTYPE.number)) as DType['number'],
        bytes: row.getUint32(abi.DTYPE.size, true),
      };
    });
  }

  byId(id: number): DType {
    const dtype = this.list.find((row) => row.id === id);
    if (!dtype) throw this.instance.fault(`names data type ${id}, which is not in its table`);
    return dtype;
  }

  byName(name: string, where: string): DType {
    const dtype = this.list.find((row) => row.name === name);
    if (!dtype)
      throw new MswError(
        'usage',
        `${where}: unknown data type '${name}' (${this.list.map((row) => row.name).join(', ')})`,
      );
    return dtype;
  }

  /** A struct msw_tensor's name and type. */
  info(pointer: number): TensorInfo {
    const view = this.instance.view(pointer, abi.TENSOR.bytes);
    const id = view.getInt32(abi.TENSOR.type + abi.TYPE.dtype, true);
    const rank = view.getInt32(abi.TENSOR.type + abi.TYPE.rank, true);
    if (rank < -1 || rank > abi.MAX_RANK) throw this.instance.fault(`gave a tensor of rank ${rank}`);
    const dim = (_: unknown, i: number): number => view.getInt32(abi.TENSOR.type + abi.TYPE.dims + 4 * i, true);
    return {
      name: this.instance.string(view.getUint32(abi.TENSOR.name, true)),
      dtype: id === 0 ? 'any' : this.byId(id).name,
      shape: rank < 0 ? null : Array.from({ length: rank }, dim),
    };
  }

  /** A struct msw_tensor's data, as they lie in memory now. */
  bytes(pointer: number): Uint8Array<ArrayBuffer> {
    const view = this.instance.view(pointer, abi.TENSOR.bytes);
    return this.instance.bytes(view.getUint32(abi.TENSOR.data, true), view.getUint32(abi.TENSOR.size, true));
  }

  /** An output, copied out. */
  read(pointer: number): Tensor & { name: string } {
    const { name, dtype, shape } = this.info(pointer);
    const array = arrayOf(this.byName(dtype, `output '${name}'`));
    if (!array) throw new MswError('unsupported', `output '${name}': there is no typed array for ${dtype}`);
    const bytes = this.bytes(pointer);
    if (!shape || bytes.length !== product(shape) * array.BYTES_PER_ELEMENT) {
      throw this.instance.fault(`output '${name}' has ${bytes.length} bytes for ${dtype} ${shapeText(shape)}`);
    }
    return { name, dtype, shape, data: new array(bytes.slice().buffer) };
  }

  /** Check what a caller gave against itself; against the model, the module does. */
  resolve(given: TensorLike, where: string, declared?: TensorInfo): Resolved {
    const bare = ArrayBuffer.isView(given);
    const data = bare ? given : given?.data;
    const dtype = this.#dtypeOf(data, bare ? undefined : given?.dtype, where, declared?.dtype);
    const shape = (bare ? undefined : given?.shape) ?? declaredShape(data.length, where, declared?.shape ?? [-1]);
    checkShape(shape, where);
    if (product(shape) !== data.length) {
      throw new MswError(
        'invalid',
        `${where}: shape ${shapeText(shape)} needs ${product(shape)} values, got ${data.length}`,
      );
    }
    return { dtype, shape, data };
  }

  #dtypeOf(data: unknown, name: string | undefined, where: string, declared: string | undefined): DType {
    const fits = this.list.filter((row) => className(data) === arrayOf(row)?.name);
    if (fits.length === 0) {
      const arrays = [...new Set(this.list.map((row) => arrayOf(row)?.name))].filter(Boolean).join(', ');
      throw new MswError('invalid', `${where}: expected one of ${arrays}, got ${className(data)}`);
    }
    if (name === undefined) return fits.find((row) => row.name === declared) ?? (fits[0] as DType);
    const dtype = this.byName(name, where);
    if (fits.includes(dtype)) return dtype;
    throw new MswError(
      'invalid',
      `${where}: ${name} needs a ${arrayOf(dtype)?.name ?? 'typed array that does not exist'}, got ${className(data)}`,
    );
  }
}

function className(value: unknown): string {
  return value === null || value === undefined ? String(value) : ((value as object).constructor?.name ?? typeof value);
}

/** The declared shape, its one unknown size worked out from the number of values. */
function declaredShape(values: number, where: string, shape: readonly number[]): readonly number[] {
  const unknown = shape.filter((size) => size < 0).length;
  if (unknown === 0) return shape;
  const known = product(shape.filter((size) => size >= 0));
  if (unknown > 1 || known === 0 || values % known !== 0) {
    throw new MswError('invalid', `${where}: give a shape like ${shapeText(shape)} with the ${values} values`);
  }
  return shape.map((size) => (size < 0 ? values / known : size));
}

function checkShape(shape: readonly number[], where: string): void {
  if (shape.length > abi.MAX_RANK) {
    throw new MswError('invalid', `${where}: rank ${shape.length}, at most ${abi.MAX_RANK} is possible`);
  }
  shape.forEach((size, i) => {
    if (Number.isInteger(size) && size >= 0 && size < 2 ** 31) return;
    throw new MswError('invalid', `${where}: dimension ${i} is ${size}, expected 0 to ${2 ** 31 - 1}`);
  });
  if (product(shape) > Number.MAX_SAFE_INTEGER)
    throw new MswError('invalid', `${where}: shape ${shapeText(shape)}: element count overflows`);
}
