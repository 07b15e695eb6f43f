// The real module through the package: the list of cases that every host shares, and the digits model against
// MindSpore's own logits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { answerText, Model, Operators, readInputs } from '../dist/index.js';
import { rejects } from './rejects.mjs';

const root = new URL('../../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root));

/** The body of a .npy file of bytes or float32. */
function npy(path) {
  const file = read(path);
  const body = file.subarray(10 + file.readUInt16LE(8));
  const copy = Uint8Array.from(body);
  return file.toString('latin1', 10, 100).includes("'<f4'") ? new Float32Array(copy.buffer) : copy;
}

const operators = await Operators.load();
const cases = JSON.parse(read('test/e2e/cases.json'));

for (const [index, { operator, dtype, inputs, attrs, expected }] of cases.entries()) {
  test(`case ${index}: ${operator} ${dtype} ${JSON.stringify(attrs)}`, async () => {
    const info = operators.list().find(({ name }) => name === operator);
    const type = operators.dtypes.find(({ label }) => label === dtype);
    const tensors = readInputs(JSON.stringify(inputs), type).slice(0, info.inputsMax);
    const outputs = await operators.run(operator, tensors, attrs);
    const { text, notes } = answerText(info, tensors, Object.keys(attrs).length, outputs, operators.dtypes);
    // JSON knows no -0, so a comparison of values is loose about it; the text is not.
    assert.deepEqual(
      JSON.parse(text, (_, v) => (v === 0 ? 0 : v)),
      JSON.parse(JSON.stringify(expected), (_, v) => (v === 0 ? 0 : v)),
    );
    assert.deepEqual(Object.keys(JSON.parse(text)), Object.keys(expected));
    assert.equal(notes.length, JSON.stringify(expected).includes('null') ? 1 : 0);
  });
}

test('what the module refuses comes in its words', async () => {
  await rejects(operators.run('Ad', [Float32Array.of(1)]), 'usage', /Ad/);
  await rejects(operators.run('Add', [Float32Array.of(1, 2), Float32Array.of(1, 2, 3)]), 'invalid', /Add/);
  await rejects(operators.run('Add', [Float32Array.of(1)]), 'invalid', /Add/);
  await rejects(operators.run('Argmax', [Float32Array.of(1)], { axle: 1 }), 'usage', /axle/);
  await rejects(
    operators.run('Argmax', [Float32Array.of(1)], { axis: 0.5 }),
    'invalid',
    /attribute 'axis': 0\.5 is not an integer/,
  );
  await rejects(Model.load(new TextEncoder().encode('<!doctype html>')), 'invalid', /MindIR/);
  await rejects(Model.load(new Uint8Array()), 'invalid', /MindIR/);
});

test('each output has a name of its own, also where one node makes two', async () => {
  const model = await Model.load(read('test/corpus/mindir_fuzz/net-sorting.mindir'));
  const inputs = model.inputs.map(({ name, shape }) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]);
  const outputs = await model.run(Object.fromEntries(inputs));
  assert.equal(model.outputs.length, 5);
  assert.deepEqual(
    Object.keys(outputs),
    model.outputs.map(({ name }) => name),
  );
});

test('the digits model says what it takes and gives', async () => {
  const model = await Model.load(new URL('test/models/digits.mindir', root));
  assert.deepEqual(model.inputs, [{ name: 'x', dtype: 'float32', shape: [1, 1, 8, 8] }]);
  assert.deepEqual(
    model.outputs.map(({ dtype, shape }) => [dtype, shape]),
    [
      ['float32', [1, 10]],
      ['float32', [1, 10]],
    ],
  );
  await rejects(
    model.run({ x: new Float32Array(63) }),
    'invalid',
    /^input 'x': shape \[1, 1, 8, 8\] needs 64 values, got 63$/,
  );
});

test("on the 360 scans kept from training the logits are MindSpore's within 1e-5 of the largest", async () => {
  const model = await Model.load(read('test/models/digits.mindir'));
  const scans = npy('test/models/digits_heldout.npy');
  const reference = npy('test/models/digits_logits.npy');
  const largest = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < 360; i++) {
    const outputs = Object.values(await model.run({ x: Float32Array.from(scans.subarray(64 * i, 64 * i + 64)) }));
    const logits = outputs[1].data;
    logits.forEach((value, k) =>
      assert.ok(Math.abs(value - reference[10 * i + k]) <= 1e-5 * largest, `scan ${i}, class ${k}`),
    );
  }
  model.dispose();
});
