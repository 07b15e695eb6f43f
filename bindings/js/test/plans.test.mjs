// Plans are kept by shape, a few of them; a toy answers with the number of the run that served and of the runs freed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy } from './toy.mjs';

const file = new TextEncoder().encode('T');
const store = (lane, global) =>
  `(f32.store (i32.const ${65600 + 4 * lane}) (f32.convert_i32_s (global.get ${global})))`;
const add = (global, n) => `(global.set ${global} (i32.add (global.get ${global}) (i32.const ${n})))`;
const noMemory = `(i32.store (i32.const 71000) (i32.const 4)) (i32.store (i32.const 71016) (i32.const 71024))
  (i32.store (i32.const 71024) (i32.const 0x6c6c7566)) (global.set $error (i32.const 71000)) (return (i32.const 0))`;

/** Run numbers count from 1; there is room for `room` runs at once. */
const counting = (room) =>
  toy({
    open: true,
    extra: '(global $made (mut i32) (i32.const 0)) (global $freed (mut i32) (i32.const 0))',
    replace: {
      msw_run_new: `(param i32 i32) (result i32)
        (if (i32.ge_s (i32.sub (global.get $made) (global.get $freed)) (i32.const ${room})) (then ${noMemory}))
        ${add('$made', 1)} (global.get $made)`,
      msw_run_free: `(param i32) ${add('$freed', 1)}`,
      msw_run: `(param $run i32) (result i32)
        (f32.store (i32.const 65600) (f32.convert_i32_s (local.get $run))) ${store(1, '$freed')} (i32.const 0)`,
    },
  });

const shapes = [[4], [2, 2], [4, 1], [1, 4], [1, 1, 4]];

/** [number of the run that served, runs freed by then] for a call with each of these shapes. */
async function served(model, ...indices) {
  const found = [];
  for (const index of indices) {
    const { z } = await model.run({ x: { data: new Float32Array(4), shape: shapes[index] } });
    found.push([z.data[0], z.data[1]]);
  }
  return found;
}

test('shapes that come back find their plan', async () => {
  const model = await Model.load(file, { module: counting(100) });
  assert.deepEqual(
    await served(model, 0, 1, 0, 2, 3, 1, 0),
    [1, 2, 1, 3, 4, 2, 1].map((run) => [run, 0]),
  );
});

test('the plan unused for longest makes room for a fifth', async () => {
  const model = await Model.load(file, { module: counting(100) });
  await served(model, 0, 1, 2, 3, 0);
  assert.deepEqual(await served(model, 4), [[5, 1]]);
  assert.deepEqual(
    await served(model, 0, 2, 3, 4),
    [1, 3, 4, 5].map((run) => [run, 1]),
  );
  assert.deepEqual(await served(model, 1), [[6, 2]]);
});

test('where memory does not suffice the other plans give theirs', async () => {
  const model = await Model.load(file, { module: counting(2) });
  assert.deepEqual(await served(model, 0, 1, 2, 1), [
    [1, 0],
    [2, 0],
    [3, 2],
    [4, 2],
  ]);
  await rejects((await Model.load(file, { module: counting(0) })).run({ x: new Float32Array(4) }), 'limit', /^full$/);
});

/** As above, each run with a state that begins as 10, and that msw_run counts up and answers. */
const place = (run, at) => `(i32.add (i32.const ${72000 + at}) (i32.mul ${run} (i32.const 64)))`;
const state = (run) => `(i32.load ${place(run, 4)})`;
const remembering = (room) =>
  toy({
    open: true,
    extra: '(global $made (mut i32) (i32.const 0)) (global $freed (mut i32) (i32.const 0))',
    replace: {
      msw_run_new: `(param i32 i32) (result i32)
        (if (i32.ge_s (i32.sub (global.get $made) (global.get $freed)) (i32.const ${room})) (then ${noMemory}))
        ${add('$made', 1)}
        (i32.store ${place('(global.get $made)', 4)} ${place('(global.get $made)', 60)})
        (i32.store ${place('(global.get $made)', 8)} (i32.const 4))
        (f32.store ${state('(global.get $made)')} (f32.const 10)) (global.get $made)`,
      msw_run_free: `(param i32) ${add('$freed', 1)} (f32.store ${state('(local.get 0)')} (f32.const -99))`,
      msw_run_state: `(param i32 i32) (result i32)
        (select (i32.const 0) ${place('(local.get 0)', 0)} (local.get 1))`,
      msw_run: `(param i32) (result i32)
        (f32.store ${state('(local.get 0)')} (f32.add (f32.load ${state('(local.get 0)')}) (f32.const 1)))
        (f32.store (i32.const 65600) (f32.load ${state('(local.get 0)')})) ${store(1, '$freed')} (i32.const 0)`,
    },
  });

test('what a state holds goes on to another plan, also when the last one is gone', async () => {
  const all = await Model.load(file, { module: remembering(100) });
  assert.deepEqual(
    (await served(all, 0, 1, 0, 2, 3, 4, 1, 0)).map(([held]) => held),
    [11, 12, 13, 14, 15, 16, 17, 18],
  );
  const one = await Model.load(file, { module: remembering(1) });
  assert.deepEqual(
    (await served(one, 0, 1, 1, 0)).map(([held]) => held),
    [11, 12, 13, 14],
  );
});
