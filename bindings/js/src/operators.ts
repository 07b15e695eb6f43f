/** Single operators, as the module's own table lists them. */
import * as abi from './abi.js';
import type { Build, BuildOptions } from './builds.js';
import { MswError } from './error.js';
import { Instance } from './instance.js';
import { Runner, type NamedTensor } from './runner.js';
import { DTypes, type DType, type Tensor, type TensorLike } from './tensor.js';

export interface AttrInfo {
  readonly name: string;
  readonly kind: abi.AttrKind;
  readonly required: boolean;
}

export interface OperatorInfo {
  readonly name: string;
  /** What the first input may be. */
  readonly dtypes: readonly string[];
  readonly answer: abi.Answer;
  readonly inputsMin: number;
  readonly inputsMax: number;
  readonly outputs: number;
  readonly attrs: readonly AttrInfo[];
}

export type AttrValue = number | bigint | readonly (number | bigint)[];
export type Attrs = Readonly<Record<string, AttrValue>>;

function attrInfo(instance: Instance, pointer: number): AttrInfo {
  const view = instance.view(pointer, abi.ATTR_SPEC.bytes);
  const kind = (abi.ATTR_KINDS as Record<number, abi.AttrKind>)[view.getInt32(abi.ATTR_SPEC.kind, true)];
  if (!kind) throw instance.fault('lists an attribute of unknown kind');
  return {
    name: instance.string(view.getUint32(abi.ATTR_SPEC.name, true)),
    kind,
    required: view.getInt32(abi.ATTR_SPEC.required, true) !== 0,
  };
}

function operatorInfo(instance: Instance, dtypes: DTypes, row: DataView<ArrayBuffer>): OperatorInfo {
  const answer = (abi.ANSWERS as Record<number, abi.Answer>)[row.getInt32(abi.OPERATOR.answer, true)];
  if (!answer) throw instance.fault('lists an operator with an unknown form of answer');
  const attrs = row.getUint32(abi.OPERATOR.attrs, true);
  const count = row.getInt32(abi.OPERATOR.attrCount, true);
  if (count < 0 || count > 4096) throw instance.fault(`lists an operator with ${count} attributes`);
  const bits = row.getUint32(abi.OPERATOR.dtypes, true);
  return {
    name: instance.string(row.getUint32(abi.OPERATOR.name, true)),
    dtypes: dtypes.list.filter((dtype) => (bits >>> dtype.id) & 1).map((dtype) => dtype.name),
    answer,
    inputsMin: row.getInt32(abi.OPERATOR.inputsMin, true),
    inputsMax: row.getInt32(abi.OPERATOR.inputsMax, true),
    outputs: row.getInt32(abi.OPERATOR.outputs, true),
    attrs: Array.from({ length: count }, (_, i) => attrInfo(instance, attrs + i * abi.ATTR_SPEC.bytes)),
  };
}

/** Names the table lacks go to the module all the same: it knows best what to say. */
function guessKind(value: AttrValue): abi.AttrKind {
  const numbers = Array.isArray(value) ? value : [value];
  const kind = numbers.every((n) => typeof n === 'bigint' || Number.isInteger(n)) ? 'int' : 'float';
  return Array.isArray(value) ? `${kind}s` : kind;
}

/** An attribute as the bytes of its values: int64 or double. */
function attrValues(name: string, kind: abi.AttrKind, value: AttrValue): Uint8Array {
  const numbers: readonly (number | bigint)[] = Array.isArray(value) ? value : [value];
  if (kind.startsWith('float')) return new Uint8Array(Float64Array.from(numbers, Number).buffer);
  const bad = numbers.find((n) => typeof n !== 'bigint' && !Number.isSafeInteger(n));
  if (bad !== undefined) throw new MswError('invalid', `attribute '${name}': ${String(bad)} is not an integer`);
  return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
}

const align8 = (size: number): number => Math.ceil(size / 8) * 8;

export class Operators {
  /** The module's data types. */
  readonly dtypes: readonly DType[];
  /** Which module runs them. */
  readonly build: Build;
  readonly #list: readonly OperatorInfo[];
  #instance: Instance | undefined;
  #types: DTypes;

  private constructor(instance: Instance) {
    this.#instance = instance;
    this.build = instance.build;
    this.#types = new DTypes(instance);
    this.dtypes = this.#types.list;
    this.#list = [...instance.rows('msw_operator_at', abi.OPERATOR.bytes)].map((row) =>
      operatorInfo(instance, this.#types, row),
    );
  }

  static async load(options: BuildOptions = {}): Promise<Operators> {
    return new Operators(await Instance.create(options));
  }

  list(): readonly OperatorInfo[] {
    return this.#list;
  }

  /** Run one operator: its inputs in order, its attributes by name. A bare typed array is a vector. */
  async run(name: string, inputs: readonly TensorLike[], attrs: Attrs = {}): Promise<Tensor[]> {
    if (!this.#instance) throw new MswError('usage', 'the operators have been disposed of');
    if (this.#instance.trapped) {
      this.#instance = await this.#instance.again();
      this.#types = new DTypes(this.#instance);
    }
    const resolved = inputs.map((input, i) => this.#types.resolve(input, `input ${i}`));
    const runner = new Runner(this.#instance, this.#types, this.#model(this.#instance, name, inputs.length, attrs));
    try {
      const outputs = runner.run(resolved) as NamedTensor[]; // without threads none is lost
      return outputs.map(({ name: _, ...tensor }) => tensor);
    } finally {
      runner.free();
    }
  }

  #model(instance: Instance, name: string, inputs: number, attrs: Attrs): number {
    const known = this.#list.find((operator) => operator.name === name)?.attrs ?? [];
    const given = Object.entries(attrs).map(([attr, value]) => {
      const kind = known.find((info) => info.name === attr)?.kind ?? guessKind(value);
      return { name: text(attr), kind, values: attrValues(attr, kind, value) };
    });
    const operator = text(name);
    const size = given.reduce(
      (sum, attr) => sum + align8(attr.name.length) + attr.values.length,
      given.length * abi.ATTR.bytes,
    );
    return instance.borrow(size + align8(operator.length), (start) => {
      let at = start + given.length * abi.ATTR.bytes;
      const put = (bytes: Uint8Array): number => {
        instance.bytes(at, bytes.length).set(bytes);
        at += align8(bytes.length);
        return at - align8(bytes.length);
      };
      given.forEach((attr, i) => {
        const view = instance.view(start + i * abi.ATTR.bytes, abi.ATTR.bytes);
        view.setUint32(abi.ATTR.name, put(attr.name), true);
        view.setInt32(abi.ATTR.kind, kindNumber(attr.kind), true);
        view.setInt32(abi.ATTR.count, attr.values.length / 8, true);
        view.setUint32(abi.ATTR.values, put(attr.values), true);
      });
      return instance.pointer('msw_model_from_operator', put(operator), inputs, start, given.length);
    });
  }

  dispose(): void {
    this.#instance = undefined;
  }
}

/** UTF-8 with its NUL. */
function text(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}

function kindNumber(kind: abi.AttrKind): number {
  return Number(Object.entries(abi.ATTR_KINDS).find(([, name]) => name === kind)?.[0]);
}
