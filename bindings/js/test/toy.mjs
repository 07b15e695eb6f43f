// Toy modules, written as wat: one of each kind, and strangers that break the contract in one place. They run without
// the engine.
import wabt from 'wabt';

const text = await wabt();

/** Little-endian i32s and strings of the toy's constant memory, at addresses from 1024 on. */
class Data {
  #at = 1024;
  segments = [];

  #put(bytes) {
    const at = this.#at;
    this.segments.push(
      `(data (i32.const ${at}) "${[...bytes].map((b) => `\\${b.toString(16).padStart(2, '0')}`).join('')}")`,
    );
    this.#at += (bytes.length + 15) & ~15;
    return at;
  }

  string(value) {
    return this.#put(Buffer.from(`${value}\0`));
  }

  words(...values) {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, i) => bytes.writeInt32LE(value | 0, i * 4));
    return this.#put(bytes);
  }
}

/** If-chain: the value for each index, 0 past the last. */
const table = (rows, param = '$b') =>
  rows.reduceRight(
    (rest, row, i) =>
      `(if (result i32) (i32.eq (local.get ${param}) (i32.const ${i})) (then (i32.const ${row})) (else ${rest}))`,
    '(i32.const 0)',
  );

/**
 * A module with a float32 'Twice' of z = 2x on four elements at a fixed place, and a model of the same that is loaded
 * from a file beginning with 'T'. `replace` changes a function's text; null leaves it out. `open`: the model's input may
 * have any shape.
 */
export function toyText({ kind = 1, abi = 1, replace = {}, extra = '', pages = 2, open = false } = {}) {
  const data = new Data();
  const float32 = data.words(1, 'f'.charCodeAt(0), 4, data.string('float32'), data.string('FP32'));
  const half = data.words(7, 'f'.charCodeAt(0), 2, data.string('float16'), 0);
  const attr = data.words(data.string('by'), 3, 0);
  const twice = data.words(data.string('Twice'), 1 << 1, 0, 1, 1, 1, 1, attr);
  const type = [1, 1, 4, 0, 0, 0, 0, 0, 0, 0];
  const x = data.words(data.string('x'), 65536, 16, ...(open ? [1, -1, ...type.slice(2)] : type));
  const z = data.words(data.string('z'), 65600, 16, ...type);
  const says = (status, words, node = -1, offset = -1) =>
    data.words(status, node, offset, offset < 0 ? -1 : 0, data.string(words), 0);
  const none = says(0, '');
  const unknown = says(2, "unknown operator (did you mean 'Twice'?)");
  const notModel = says(3, 'not a toy model', -1, 0);
  const lane = (i) =>
    `(f32.store (i32.const ${65600 + 4 * i}) (f32.mul (f32.const 2) (f32.load (i32.const ${65536 + 4 * i}))))`;
  const fail = (error) => `(global.set $error (i32.const ${error}))`;
  const functions = {
    msw_abi_version: `(result i32) (i32.const ${abi})`,
    msw_module_kind: `(result i32) (i32.const ${kind})`,
    msw_error: '(result i32) (global.get $error)',
    msw_alloc: '(param i32) (result i32) (i32.const 70000)',
    msw_free: '(param i32)',
    msw_tune: '(param i32)',
    msw_dtype_at: `(param $b i32) (result i32) ${table([float32, half])}`,
    msw_operator_at: `(param $b i32) (result i32) ${table(kind === 3 ? [] : [twice])}`,
    msw_model_open: '(param i64) (result i32) (i32.const 1)',
    msw_load_step: `(param $model i32) (param $request i32) (result i32)
      (if (i32.eq (global.get $asked) (i32.const ${kind === 3 ? 0 : 1})) (then
        (if (i32.eq (i32.load8_u (i32.const 69000)) (i32.const ${kind === 3 ? 0 : 84})) (then (return (i32.const 0))))
        ${fail(notModel)} (return (i32.const 3))))
      (i64.store (local.get $request) (i64.const 0))
      (i32.store offset=8 (local.get $request) (i32.const 69000))
      (i32.store offset=12 (local.get $request) (i32.const 1))
      (i32.store offset=16 (local.get $request) (i32.const 0))
      (global.set $asked (i32.const 1)) (i32.const 1)`,
    msw_model_file: '(param i32 i32) (result i32) (i32.const 0)',
    msw_model_file_size: '(param i32 i32 i64) (result i32) (i32.const 0)',
    msw_model_from_operator: `(param $name i32) (param i32 i32 i32) (result i32)
      (if (result i32) (i32.eq (i32.load8_u (local.get $name)) (i32.const 84)) (then (i32.const 1)) (else ${fail(unknown)} (i32.const 0)))`,
    msw_model_free: '(param i32)',
    msw_model_info: '(param i32) (result i32) (i32.const 0)',
    msw_model_input: `(param i32) (param $b i32) (result i32) ${table([x])}`,
    msw_model_output: `(param i32) (param $b i32) (result i32) ${table([z])}`,
    msw_model_state: '(param i32 i32) (result i32) (i32.const 0)',
    msw_model_node: '(param i32 i32) (result i32) (i32.const 0)',
    msw_model_pass: '(param i32 i32) (result i32) (i32.const 0)',
    msw_run_new: '(param i32 i32) (result i32) (i32.const 2)',
    msw_run_free: '(param i32)',
    msw_run_input: `(param i32) (param $b i32) (result i32) ${table([x])}`,
    msw_run_output: `(param i32) (param $b i32) (result i32) ${table([z])}`,
    msw_run_state: '(param i32 i32) (result i32) (i32.const 0)',
    msw_run_plan: '(param i32) (result i32) (i32.const 0)',
    msw_run_next_step: '(param i32) (result i32) (i32.const 0)',
    msw_peak: '(param i32) (result i32) (i32.const 8)',
    msw_run: `(param i32) (result i32) ${[0, 1, 2, 3].map(lane).join(' ')} (i32.const 0)`,
    msw_run_some: '(param i32 i32) (result i32) (i32.const 0)',
    msw_run_restart: '(param i32)',
    ...replace,
  };
  const body = Object.entries(functions)
    .filter(([, code]) => code !== null)
    .map(([name, code]) => (code.startsWith('(export') ? code : `(func (export "${name}") ${code})`))
    .join('\n');
  return `(module ${extra} (memory (export "memory") ${pages})
    (global $error (mut i32) (i32.const ${none})) (global $asked (mut i32) (i32.const 0))
    ${data.segments.join('\n')} ${body})`;
}

/** The bytes of any wat. */
export function wat(source, features = {}) {
  const parsed = text.parseWat('toy.wat', source, features);
  try {
    return parsed.toBinary({}).buffer;
  } finally {
    parsed.destroy();
  }
}

export const toy = (options) => wat(toyText(options));

/** A module that holds its model, which is right where the file beside it begins with 'T'. */
export const holding = (name = 'toy.params') =>
  toy({
    kind: 3,
    replace: {
      msw_load_step: `(param $model i32) (param $request i32) (result i32)
        (if (global.get $asked) (then
          (return (select (i32.const 0) (i32.const 3) (i32.eq (i32.load8_u (i32.const 69000)) (i32.const 84))))))
        (i64.store (local.get $request) (i64.const 0))
        (i32.store offset=8 (local.get $request) (i32.const 69000))
        (i32.store offset=12 (local.get $request) (i32.const 1))
        (i32.store offset=16 (local.get $request) (i32.const 1))
        (global.set $asked (i32.const 1)) (i32.const 1)`,
      msw_model_file: `(param i32) (param $b i32) (result i32) ${[...`${name}\0`]
        .map((c, i) => `(i32.store8 (i32.const ${69100 + i}) (i32.const ${c.charCodeAt(0)}))`)
        .join(' ')} (select (i32.const 69100) (i32.const 0) (i32.eq (local.get $b) (i32.const 1)))`,
    },
  });
