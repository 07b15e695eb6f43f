/**
 * The JSON of 2020, both ways: the list of tensors that an operator is given, and its answer, text for text as the
 * command line prints it. Which form an answer has is a column of the module's operator table.
 */
import { MswError } from './error.js';
import { floatText } from './float.js';
import { parseJson } from './json.js';
import type { Answer } from './abi.js';
import type { OperatorInfo } from './operators.js';
import type { DType, Tensor, TypedArray } from './tensor.js';

/** `notes`: what the JSON could not say, one line each. */
export interface Answered {
  readonly text: string;
  readonly notes: readonly string[];
}

const KEYS = ['input-data', 'dim-size', 'shape'];

function bad(what: string): never {
  throw new MswError('invalid', what);
}

/** What a JSON value is called in a message. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object'
    ? 'an object'
    : `${typeof value === 'string' ? 'the string ' : ''}${JSON.stringify(value)}`;
}

/** The check of one value; integers that do not fit are never wrapped, floats are rounded to nearest. */
function checkValue(value: unknown, where: string, dtype: DType): number {
  const label = dtype.label ?? dtype.name;
  if (typeof value !== 'number') return bad(`${where} is ${kindOf(value)}, expected a number`);
  if (dtype.number === 'f') {
    return Number.isFinite(Math.fround(value)) ? value : bad(`${where}: value ${value} does not fit ${label}`);
  }
  const [low, high] =
    dtype.number === 'i'
      ? [-(2 ** (8 * dtype.bytes - 1)), 2 ** (8 * dtype.bytes - 1) - 1]
      : [0, 2 ** (8 * dtype.bytes) - 1];
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  return bad(`${where}: value ${value} does not fit ${label} (integers from ${low} to ${high})`);
}

const ARRAYS: Record<string, { from(values: number[]): TypedArray }> = {
  f4: Float32Array,
  i4: Int32Array,
  i1: Int8Array,
  u1: Uint8Array,
};

function readShape(value: unknown, where: string): number[] {
  if (!Array.isArray(value)) return bad(`${where}: 'shape' is ${kindOf(value)}, expected a list of sizes`);
  return value.map((size: unknown, i) => {
    if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size < 2 ** 31) return size;
    return bad(`${where}: dimension ${i} is ${typeof size === 'number' ? size : kindOf(size)}, expected a size from 0`);
  });
}

function readTensor(entry: unknown, index: number, dtype: DType): Tensor {
  const where = `input ${index}`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return bad(`${where} is ${kindOf(entry)}, expected an object`);
  const fields = entry as Record<string, unknown>;
  const unknown = Object.keys(fields).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    bad(`${where}: unknown key '${unknown}', expected ${KEYS.map((key) => `'${key}'`).join(', ')}`);
  const missing = KEYS.find((key) => !(key in fields));
  if (missing !== undefined) bad(`${where}: '${missing}' is missing`);
  const values = fields['input-data'];
  if (!Array.isArray(values))
    return bad(`${where}: 'input-data' is ${kindOf(values)}, expected a flat list of numbers`);
  const shape = readShape(fields['shape'], where);
  if (fields['dim-size'] !== shape.length) {
    bad(`${where}: 'dim-size' is ${kindOf(fields['dim-size'])}, but 'shape' has ${shape.length} dimensions`);
  }
  const count = shape.reduce((a, b) => a * b, 1);
  if (count > Number.MAX_SAFE_INTEGER) bad(`${where}: element count overflows`);
  if (count !== values.length) bad(`${where}: shape [${shape.join(', ')}] needs ${count} values, got ${values.length}`);
  const array = ARRAYS[dtype.number + dtype.bytes] ?? bad(`${dtype.name} has no JSON form`);
  const numbers = values.map((value: unknown, i) => checkValue(value, `${where}: value ${i}`, dtype));
  return { data: array.from(numbers), shape, dtype: dtype.name };
}

/** The tensors of a JSON text, a list of them or a single one; an error says which input, and what was expected. */
export function readInputs(json: string, dtype: DType): Tensor[] {
  const parsed = parseJson(json, 'a JSON list of tensors');
  const list: unknown = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? [parsed] : parsed;
  if (!Array.isArray(list)) return bad(`not a list but ${kindOf(list)}, expected a JSON list of tensors`);
  return list.map((entry, index) => readTensor(entry, index, dtype));
}

/** Ready-made text of a number, or what contains such. */
type Json = string | readonly Json[] | { readonly [key: string]: Json };

/** Two spaces a level, each element on its own line: the layout of 2020. */
function layout(json: Json, indent = ''): string {
  if (typeof json === 'string') return json;
  const inner = `${indent}  `;
  const lines = Array.isArray(json)
    ? json.map((item: Json) => inner + layout(item, inner))
    : Object.entries(json).map(([key, value]) => `${inner}"${key}": ${layout(value as Json, inner)}`);
  const [open, close] = Array.isArray(json) ? '[]' : '{}';
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/** One answer's numbers as text; counts those that JSON has no word for. */
class Printer {
  notFinite = 0;

  constructor(private readonly dtypes: readonly DType[]) {}

  #dtype(name: string): DType {
    return this.dtypes.find((row) => row.name === name) ?? bad(`unknown data type ${name}`);
  }

  #number(value: number | bigint, dtype: DType): string {
    if (dtype.number !== 'f') return String(value);
    if (Number.isFinite(value)) return floatText(Number(value));
    this.notFinite++;
    return 'null';
  }

  #numbers({ data, dtype }: Tensor): string[] {
    return Array.from(data as ArrayLike<number | bigint>, (value) => this.#number(value, this.#dtype(dtype)));
  }

  #tagged(dtype: DType, numbers: string[]): Json {
    return { [`${dtype.label ?? dtype.name.toUpperCase()}Array`]: numbers };
  }

  /**
   * [value, index] where the index points into the first input; the index is a number like the others, whatever that
   * type could hold.
   */
  #maxIndex(input: Tensor, output: Tensor): Json | undefined {
    const index = Number(output.data[0]);
    const value = output.data.length === 1 ? input.data[index] : undefined;
    if (value === undefined) return undefined;
    const dtype = this.#dtype(input.dtype);
    return this.#tagged(dtype, [this.#number(value, dtype), this.#number(index, dtype)]);
  }

  answer(form: Answer, input: Tensor | undefined, output: Tensor): Json {
    if (form === 'numeric' && output.data.length === 1)
      return { 'input-data': { Numeric: this.#numbers(output)[0] ?? '' } };
    const pair = form === 'max-index' && input ? this.#maxIndex(input, output) : undefined;
    if (pair) return { 'input-data': pair };
    const data = { 'input-data': this.#tagged(this.#dtype(output.dtype), this.#numbers(output)) };
    return output.shape.length === 0
      ? data
      : { ...data, shape: output.shape.map(String), 'dim-size': String(output.shape.length) };
  }
}

/** The answer of an operator as the command line prints it. `attrs`: how many attributes were given. */
export function answerText(
  operator: OperatorInfo,
  inputs: readonly Tensor[],
  attrs: number,
  outputs: readonly Tensor[],
  dtypes: readonly DType[],
): Answered {
  const printer = new Printer(dtypes);
  const [input] = inputs;
  const vector = input?.shape.length === 1 && attrs === 0;
  const form = operator.answer === 'max-index' && !vector ? 'array' : operator.answer;
  const answers = outputs.map((output) => printer.answer(form, input, output));
  const text = layout(answers.length === 1 ? (answers[0] as Json) : answers);
  const { notFinite } = printer;
  const are = notFinite === 1 ? 'is' : 'are';
  return {
    text,
    notes:
      notFinite === 0
        ? []
        : [`${notFinite} of the values ${are} inf or NaN, printed as null: JSON has no word for them`],
  };
}
