// Modules of every kind, and strangers that break the contract: each gets an MswError that says what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model, Operators } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy, toyText, wat } from './toy.mjs';

const x = Float32Array.of(1, 2, 3, 4);
const file = new TextEncoder().encode('T');

test('a library lists and runs operators, and loads models', async () => {
  const module = toy();
  const operators = await Operators.load({ module });
  assert.deepEqual(operators.list(), [
    {
      name: 'Twice',
      dtypes: ['float32'],
      answer: 'array',
      inputsMin: 1,
      inputsMax: 1,
      outputs: 1,
      attrs: [{ name: 'by', kind: 'float', required: false }],
    },
  ]);
  assert.deepEqual(
    operators.dtypes.map(({ name, label }) => [name, label]),
    [
      ['float32', 'FP32'],
      ['float16', null],
    ],
  );
  assert.deepEqual(await operators.run('Twice', [x]), [
    { dtype: 'float32', shape: [4], data: Float32Array.of(2, 4, 6, 8) },
  ]);

  const model = await Model.load(file, { module });
  assert.deepEqual(model.inputs, [{ name: 'x', dtype: 'float32', shape: [4] }]);
  assert.deepEqual(model.outputs, [{ name: 'z', dtype: 'float32', shape: [4] }]);
  assert.deepEqual((await model.run({ x })).z.data, Float32Array.of(2, 4, 6, 8));
});

test('a module of operators only says why it has no model', async () => {
  const replace = { msw_model_open: '(param i64) (result i32) (i32.const 0)' };
  await rejects(
    Model.load(file, { module: toy({ kind: 2, replace }) }),
    'invalid',
    /msw_model_open failed without saying why/,
  );
  assert.equal((await Operators.load({ module: toy({ kind: 2, replace }) })).list().length, 1);
});

test('a module that holds one model needs no file and has no operators', async () => {
  const module = toy({ kind: 3 });
  assert.deepEqual((await (await Model.load(null, { module })).run({ x })).z.data, Float32Array.of(2, 4, 6, 8));
  assert.deepEqual((await Operators.load({ module })).list(), []);
});

test("errors carry the module's status, words and place", async () => {
  const operators = await Operators.load({ module: toy() });
  await rejects(operators.run('Nope', [x]), 'usage', /^unknown operator \(did you mean 'Twice'\?\)$/);
  await assert.rejects(Model.load(new TextEncoder().encode('<html>'), { module: toy() }), {
    name: 'MswError',
    status: 'invalid',
    offset: 0n,
    node: undefined,
    message: 'the model: not a toy model',
  });
});

test('after a trap the operators work again, the model says to load it again', async () => {
  const replace = {
    msw_run: `(param i32) (result i32)
    (if (f32.eq (f32.load (i32.const 65536)) (f32.const 13)) (then unreachable)) (i32.const 0)`,
  };
  const module = toy({ replace });
  const operators = await Operators.load({ module });
  const unlucky = Float32Array.of(13, 0, 0, 0);
  await rejects(operators.run('Twice', [unlucky]), 'trap', /trapped in msw_run: unreachable/);
  assert.equal((await operators.run('Twice', [x])).length, 1);

  const model = await Model.load(file, { module });
  await rejects(model.run({ x: unlucky }), 'trap', /trapped in msw_run/);
  await rejects(model.run({ x }), 'trap', /trapped in msw_run/);
  model.dispose();
});

test('recursion without an end is a trap like any other', async () => {
  const replace = { msw_run: '(param i32) (result i32) (call $deep (local.get 0))' };
  const extra = '(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))';
  const module = wat(toyText({ replace }).replace('(memory', `${extra} (memory`));
  await rejects((await Operators.load({ module })).run('Twice', [x]), 'trap', /call stack/i);
});

const strangers = [
  [
    'text',
    new TextEncoder().encode('hello world, this is text'),
    'invalid',
    /not a WebAssembly module: expected magic word/,
  ],
  ['nothing', new Uint8Array(), 'invalid', /not a WebAssembly module/],
  ['a truncated module', toy().slice(0, 200), 'invalid', /not a WebAssembly module/],
  [
    'version 2',
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0),
    'invalid',
    /not a WebAssembly module: expected version/,
  ],
  ['ABI version 99', toy({ abi: 99 }), 'invalid', /has ABI version 99, this package speaks 1/],
  ['an unknown kind', toy({ kind: 9 }), 'invalid', /kind 9/],
  [
    'an import',
    wat('(module (import "env" "x" (func)))'),
    'invalid',
    /imports 'env\.x', expected a module without imports/,
  ],
  [
    'the module of 2020',
    wat(
      '(module (import "wasi_snapshot_preview1" "fd_write" (func)) (memory (export "memory") 1) (func (export "run")))',
    ),
    'invalid',
    /looks like the module of 2020 .* expected one that exports msw_abi_version/,
  ],
  ['no memory', wat('(module)'), 'invalid', /export 'memory' missing/],
  ['a missing export', toy({ replace: { msw_run: null } }), 'invalid', /export 'msw_run' missing/],
  [
    'a global',
    toy({
      replace: { msw_run: '(export' + ' "unused" (func $f)) (func $f) (global (export "msw_run") i32 (i32.const 1))' },
    }),
    'invalid',
    /export 'msw_run' is not a function/,
  ],
  [
    'another number of parameters',
    toy({ replace: { msw_run: '(param i32 i32) (result i32) (i32.const 0)' } }),
    'invalid',
    /export 'msw_run' takes 2 parameters, expected 1/,
  ],
  [
    'a wrong result',
    toy({ replace: { msw_abi_version: '(result i64) (i64.const 1)' } }),
    'invalid',
    /msw_abi_version returned a bigint/,
  ],
  [
    'a wrong parameter',
    toy({ replace: { msw_dtype_at: '(param i64) (result i32) (i32.const 0)' } }),
    'invalid',
    /export 'msw_dtype_at' has a wrong signature/,
  ],
  [
    'a table outside memory',
    toy({ replace: { msw_dtype_at: '(param i32) (result i32) (i32.const -16)' } }),
    'invalid',
    /gave 20 bytes at address 4294967280, outside its memory of 131072/,
  ],
  [
    'a table without an end',
    toy({ replace: { msw_operator_at: '(param i32) (result i32) (i32.const 60000)' } }),
    'invalid',
    /unknown form of answer|more than 4096 rows|string without/,
  ],
  [
    'a string without an end',
    toy({
      replace: {
        msw_dtype_at:
          '(param i32) (result i32) (i32.store (i32.const 131060) (i32.const 131068)) (i32.store (i32.const 131068) (i32.const -1)) (i32.mul (i32.eqz (local.get 0)) (i32.const 131048))',
      },
    }),
    'invalid',
    /string without an end at address 131068/,
  ],
  ['a trap in _initialize', toy({ replace: { _initialize: 'unreachable' } }), 'trap', /trapped in _initialize/],
  [
    'a trap in the start function',
    wat(toyText().replace(/\)$/, '(func $s unreachable) (start $s))')),
    'limit',
    /cannot be started: unreachable/,
  ],
];
for (const [what, module, status, pattern] of strangers) {
  test(`a module refused: ${what}`, () => rejects(Operators.load({ module }), status, pattern));
}

const liars = [
  [
    'a request outside the file',
    {
      msw_load_step:
        '(param i32 i32) (result i32) (i64.store (local.get 1) (i64.const 9)) (i32.store offset=12 (local.get 1) (i32.const 1)) (i32.const 1)',
    },
    /asked for \d+ bytes at 9 of a file of 1 bytes/,
  ],
  [
    'a destination outside memory',
    {
      msw_load_step:
        '(param i32 i32) (result i32) (i64.store (local.get 1) (i64.const 0)) (i32.store offset=8 (local.get 1) (i32.const -4)) (i32.store offset=12 (local.get 1) (i32.const 1)) (i32.store offset=16 (local.get 1) (i32.const 0)) (i32.const 1)',
    },
    /outside its memory/,
  ],
  [
    'an error that is none',
    { msw_load_step: '(param i32 i32) (result i32) (i32.const 3)' },
    /msw_load_step failed without saying why/,
  ],
];
for (const [what, replace, pattern] of liars) {
  test(`a model that cannot be loaded: ${what}`, () =>
    rejects(Model.load(file, { module: toy({ replace }) }), 'invalid', pattern));
}

test('inputs and outputs without an end are noticed', async () => {
  const replace = { msw_model_input: '(param i32 i32) (result i32) (i32.const 1024)' };
  await rejects(Model.load(file, { module: toy({ replace }) }), 'invalid', /more than 4096 tensors/);
});

test('a processor without SIMD is named, with what has it', async (t) => {
  t.mock.method(WebAssembly, 'validate', () => false);
  await rejects(
    Operators.load({ module: toy() }),
    'unsupported',
    /no WebAssembly SIMD.*Chrome and Edge since 91, Firefox since 89, Safari since 16\.4/,
  );
});

test('the SIMD probe itself is a valid module here', async () => {
  assert.equal((await Operators.load({ module: toy() })).list().length, 1);
});
