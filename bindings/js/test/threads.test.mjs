// Threads: the same bits for any number, and a thread that dies, at whatever moment, costs the others and a note, never
// the answer or a hang.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { after, test } from 'node:test';
import { Model } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy, toyText, wat } from './toy.mjs';

const DIGITS = new URL('../../../test/models/digits.mindir', import.meta.url);
const skip = availableParallelism() < 2 && 'one processor, so one thread';
const hang = { skip, timeout: 60_000 };

/** The package takes its workers from here, so a test can see and kill them. */
const threads = process.getBuiltinModule('node:worker_threads');
const { Worker } = threads;
const started = [];
threads.Worker = class extends Worker {
  constructor(...args) {
    super(...args);
    started.push(this);
  }
};
after(() => started.forEach((worker) => worker.terminate()));

const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));
const bits = (outputs) => Object.values(outputs).map(({ data }) => [...new Uint32Array(data.buffer)]);

test('a number of threads that is none', async () => {
  for (const wrong of [0, -1, 1.5, 65, 1e9, NaN, '2', {}]) {
    const words = `threads: expected an integer from 1 to 64, got ${JSON.stringify(wrong)}`;
    await rejects(
      Model.load(DIGITS, { threads: wrong }),
      'usage',
      new RegExp(`^${words.replace(/[[\]{}]/g, '\\$&')}$`),
    );
  }
});

test('one thread unless more are asked for, and never more than there are processors', async () => {
  const one = await Model.load(DIGITS);
  assert.equal(one.threads, 1);
  const many = await Model.load(DIGITS, { threads: 64 });
  const most = Math.min(availableParallelism(), 64);
  assert.equal(many.threads, most);
  if (most < 64) assert.match(many.build.notes[0], new RegExp(`^threads: 64, but there are ${most} processors here`));
  many.dispose();
});

test('the bits are the same, and disposing ends the threads', hang, async () => {
  const expected = bits(await (await Model.load(DIGITS, { exact: true })).run({ x }));
  const model = await Model.load(DIGITS, { exact: true, threads: 2 });
  assert.equal(model.build.name, 'plain');
  for (let i = 0; i < 20; i++) assert.deepEqual(bits(await model.run({ x })), expected);
  const ended = new Promise((resolve) => started.at(-1).once('exit', resolve));
  model.dispose();
  await ended;
});

test('a thread that is killed between runs leaves a note', hang, async () => {
  const model = await Model.load(DIGITS, { threads: 2 });
  const expected = bits(await model.run({ x }));
  await started.at(-1).terminate();
  assert.deepEqual(bits(await model.run({ x })), expected);
  assert.equal(model.threads, 1);
  assert.equal(model.build.notes.at(-1), 'one thread from now on: a thread ended: it was stopped');
  assert.deepEqual(bits(await model.run({ x })), expected);
  model.dispose();
});

for (const [what, source] of [
  ['cannot be loaded', new TextEncoder().encode('no model')],
  ['is not there', new URL('no_such.mindir', import.meta.url)],
])
  test(`a model that ${what} leaves no thread behind`, hang, async () => {
    const before = started.length;
    await assert.rejects(Model.load(source, { threads: 2 }));
    while (started.length === before) await new Promise((resolve) => setTimeout(resolve, 5)); // the module may come after
    const left = started.slice(before);
    assert.equal(left.length, 1);
    if (left[0].threadId !== -1) await new Promise((resolve) => left[0].once('exit', resolve));
  });

/** A toy whose run answers "lost" until it is told to end its threads; `before` is done in each run until then. */
function losing(run, before = '') {
  const doubles = (/\(export "msw_run"\) ([^]*?)\n/.exec(toyText({}))?.[1] ?? '').replace(
    '(param i32) (result i32)',
    '',
  );
  const replace = {
    msw_thread_new: '(result i32) (i32.const 68000)',
    msw_thread_run: `(param i32) ${run}`,
    msw_threads_end: '(global.set $ended (i32.const 1))',
    msw_run: `(param i32) (result i32) (if (i32.eqz (global.get $ended)) (then ${before} (return (i32.const 6)))) ${doubles.slice(0, -1)}`,
  };
  const text = toyText({
    replace,
    extra: '(import "env" "memory" (memory 2 65536 shared)) (global $ended (mut i32) (i32.const 0))',
  });
  return wat(text.replace('(memory (export "memory") 2)', '(export "memory" (memory 0))'), { threads: true });
}

const GONE = '(i32.atomic.load (i32.const 68000))';
const load = (module) => Model.load(new TextEncoder().encode('T'), { module, threads: 2 });
const twice = async (model) => [...(await model.run({ x: Float32Array.of(1, 2, 3, 4) })).z.data];

test('a thread that traps is reported to the module, and the run is done over in one', hang, async () => {
  const model = await load(losing('unreachable', `(loop $again (br_if $again (i32.eqz ${GONE})))`));
  assert.deepEqual(await twice(model), [2, 4, 6, 8]);
  assert.equal(model.threads, 1);
  assert.match(model.build.notes.at(-1), /^one thread from now on: /);
  model.dispose();
});

test('a lost thread that never ends is killed before the run is done over', hang, async () => {
  const model = await load(losing('(loop $again (br $again))'));
  assert.equal(model.threads, 2);
  const worker = started.at(-1);
  const answers = await Promise.all([twice(model), twice(model)]);
  assert.deepEqual(answers, [
    [2, 4, 6, 8],
    [2, 4, 6, 8],
  ]);
  assert.equal(worker.threadId, -1);
  assert.equal(model.build.notes.at(-1), 'one thread from now on: one of them died in the middle of its work');
});

test('disposing of a model that has trapped ends its threads at once', hang, async () => {
  const model = await load(losing('(loop $again (br $again))', 'unreachable'));
  await rejects(twice(model), 'trap', /unreachable/);
  const ended = new Promise((resolve) => started.at(-1).once('exit', () => resolve('ended')));
  model.dispose();
  const late = new Promise((resolve) => setTimeout(resolve, 2500, 'late')); // asked to end, it has three seconds
  assert.equal(await Promise.race([ended, late]), 'ended');
});

test('a module without threads runs in one, with a note', { skip }, async () => {
  const model = await load(toy());
  assert.deepEqual([model.threads, model.build.notes], [1, ['one thread: the module given has no threads']]);
});

test('a module that lacks an export of threads is refused', { skip }, () => {
  const text = toyText({ extra: '(import "env" "memory" (memory 2 65536 shared))' });
  const module = wat(text.replace('(memory (export "memory") 2)', '(export "memory" (memory 0))'), { threads: true });
  return rejects(load(module), 'invalid', /export 'msw_thread_new' missing/);
});

/** The packaged module itself with a product that takes a while, so that a thread can be killed in the middle. */
function product(file, size) {
  const module = new WebAssembly.Module(readFileSync(new URL(`../dist/${file}`, import.meta.url)));
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 4096, shared: true });
  const { exports: msw } = new WebAssembly.Instance(module, { env: { memory } });
  const workers = [];
  const url = new URL('../dist/thread.js', import.meta.url);
  const start = async (count, nursery) => {
    for (let i = 0; i < count; i++) {
      const start = { module, memory, block: msw.msw_thread_new() };
      const worker = nursery
        ? new Worker(nursery, { eval: true, workerData: { url: url.href, start } })
        : new Worker(url);
      if (!nursery) worker.postMessage(start);
      workers.push(worker);
      await new Promise((resolve) => worker.once('message', resolve));
    }
    return workers.at(-1);
  };
  const put = (bytes) => {
    const at = msw.msw_alloc(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, at);
    return at;
  };
  const prepare = () => {
    const model = msw.msw_model_from_operator(put(new TextEncoder().encode('MatMul\0')), 2, 0, 0);
    const type = [1, 2, size, size, 0, 0, 0, 0, 0, 0];
    const run = msw.msw_run_new(model, put(new Uint8Array(Int32Array.from([...type, ...type]).buffer)));
    const tensor = (pointer) => new DataView(memory.buffer).getUint32(pointer + 4, true);
    const floats = (pointer) => new Float32Array(memory.buffer, tensor(pointer), size * size);
    return (begins = () => {}) => {
      for (const i of [0, 1]) floats(msw.msw_run_input(run, i)).forEach((_, k, all) => (all[k] = Math.sin(k + i)));
      begins();
      const status = msw.msw_run(run);
      return { status, bits: new Uint32Array(floats(msw.msw_run_output(run, 0)).slice().buffer) };
    };
  };
  const end = async () => {
    msw.msw_threads_end();
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  return { start, prepare, end };
}

test('the module gives the same bits for 1, 2, 3 and 4 threads', { timeout: 60_000 }, async () => {
  const answers = [];
  for (const others of [0, 1, 2, 3]) {
    const { start, prepare, end } = product('ms_backend_wasm-threads.wasm', 257);
    await start(others);
    const run = prepare();
    for (let i = 0; i < 3; i++) answers.push(run());
    await end();
  }
  for (const answer of answers) assert.deepEqual(answer, { status: 0, bits: answers[0].bits });
});

/** Starts a thread, and kills it some time later, while this thread is busy in the module. */
const NURSERY = `
  const { parentPort, workerData, Worker } = require('node:worker_threads');
  const { url, start } = workerData;
  const worker = new Worker(new URL(url));
  worker.once('message', () => parentPort.postMessage('ready'));
  worker.once('exit', () => parentPort.postMessage('exit'));
  worker.postMessage(start);
  parentPort.once('message', (ms) => setTimeout(() => worker.terminate(), ms));`;

test('a thread that is killed in the middle of its work: the run is lost, the next is right', hang, async () => {
  const size = 1024;
  const expected = product('ms_backend_wasm-threads.wasm', size).prepare()();
  let lost = 0;
  for (let ms = 5; ms < 60 && lost === 0; ms += 5) {
    const { start, prepare, end } = product('ms_backend_wasm-threads.wasm', size);
    const nursery = await start(1, NURSERY);
    const run = prepare();
    const exit = new Promise((resolve) => nursery.once('message', resolve));
    const answer = run(() => nursery.postMessage(ms));
    if (answer.status === 6) lost++;
    else assert.deepEqual(answer, expected);
    await exit;
    await end();
    assert.deepEqual(run(), expected);
  }
  assert.equal(lost, 1);
});
