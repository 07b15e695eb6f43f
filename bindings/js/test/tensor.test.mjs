// What run() accepts and how it refuses, on the toy module: one float32 input 'x' of shape [4].
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy } from './toy.mjs';

const load = () => Model.load(new TextEncoder().encode('T'), { module: toy() });
const four = Float32Array.of(1, 2, 3, 4);

test('a typed array, with or without its shape, also as a window into a longer one', async () => {
  const model = await load();
  const want = { z: { dtype: 'float32', shape: [4], data: Float32Array.of(2, 4, 6, 8) } };
  assert.deepEqual(await model.run({ x: four }), want);
  assert.deepEqual(await model.run({ x: { data: four, shape: [4], dtype: 'float32' } }), want);
  assert.deepEqual(await model.run({ x: Float32Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5) }), want);
});

test('outputs are copies: a later run leaves them alone', async () => {
  const model = await load();
  const first = await model.run({ x: four });
  await model.run({ x: Float32Array.of(5, 5, 5, 5) });
  assert.deepEqual(first.z.data, Float32Array.of(2, 4, 6, 8));
});

test('runs that overlap in time do not mix', async () => {
  const model = await load();
  const answers = await Promise.all([1, 2, 3].map((n) => model.run({ x: new Float32Array(4).fill(n) })));
  assert.deepEqual(
    answers.map(({ z }) => z.data[0]),
    [2, 4, 6],
  );
});

const refused = [
  ['nothing', {}, 'usage', /^input 'x' is missing$/],
  ['an unknown name', { x: four, y: four }, 'usage', /no input 'y', it has 'x'/],
  ['too few values', { x: four.subarray(1) }, 'invalid', /^input 'x': shape \[4\] needs 4 values, got 3$/],
  ['a list', { x: [1, 2, 3, 4] }, 'invalid', /^input 'x': expected one of Float32Array, got undefined$/],
  ['null', { x: null }, 'invalid', /^input 'x': expected one of Float32Array, got undefined$/],
  [
    'an array of another type',
    { x: { data: Int16Array.of(1) } },
    'invalid',
    /expected one of Float32Array, got Int16Array/,
  ],
  [
    'an unknown data type',
    { x: { data: four, dtype: 'float8' } },
    'usage',
    /unknown data type 'float8' \(float32, float16\)/,
  ],
  [
    'a data type that the array is not',
    { x: { data: four, dtype: 'float16' } },
    'invalid',
    /float16 needs .*, got Float32Array/,
  ],
  ['a negative size', { x: { data: four, shape: [-2, -2] } }, 'invalid', /dimension 0 is -2/],
  ['a fraction', { x: { data: four, shape: [1.5] } }, 'invalid', /dimension 0 is 1\.5/],
  ['rank 9', { x: { data: four, shape: [4, 1, 1, 1, 1, 1, 1, 1, 1] } }, 'invalid', /rank 9, at most 8/],
  [
    'a shape whose product wraps',
    { x: { data: four, shape: [65536, 65536, 65536, 65536] } },
    'invalid',
    /element count overflows/,
  ],
];
for (const [what, inputs, status, pattern] of refused) {
  test(`inputs refused: ${what}`, async () => rejects((await load()).run(inputs), status, pattern));
}

test('a model that was disposed of says so, twice is no error', async () => {
  const model = await load();
  model.dispose();
  model.dispose();
  await rejects(model.run({ x: four }), 'usage', /disposed/);
});
