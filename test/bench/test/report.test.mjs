// The report over a made-up run whose numbers are easy to follow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Groups, bestPeer, faster, share } from '../report/groups.mjs';
import { milliseconds, table } from '../report/markdown.mjs';
import { page } from '../report/page.mjs';
import { bars, growth } from '../report/series.mjs';
import { targetTables, verdict } from '../report/targets.mjs';

const MACHINE = { cpu: 'A CPU', cores: 2, memory: 2 ** 33, kernel: '6.1', load: 0.1, date: '2026-01-02T03:04:05Z' };

/** Two rounds, the second half as fast for everybody. */
const runner = (ms, more = {}) => ({
  flops: 1e9,
  turns: [ms, 2 * ms],
  memory: 1e6,
  starts: [{ ready: 1, first: 2 }],
  ...more,
});

function group(engine, name, gflop, results, sizes = {}) {
  const files = { 'model.mindir': 1e7, 'model.onnx': 1e7 };
  const model = { name, parameters: 1000, files, case: { name: '224', gflop, sizes } };
  return { engine, engineVersion: '1.2', model, machine: MACHINE, versions: { wasmtime: '50' }, results };
}

const RESULTS = {
  'ours-relaxed': runner(10),
  'ours-plain': runner(12.5),
  'ours-relaxed:2': runner(5),
  'ours-plain:2': { failed: 'no shared memory' },
  ort: runner(25, { memory: 4e6, starts: [{ ready: 10, first: 20 }] }),
  'ort:2': runner(20, { memory: 4e6 }),
  tfjs: runner(22),
  'native-avx2': runner(5),
  'limit-relaxed': runner(2),
};
const run = [group('node', 'resnet50', 8, RESULTS), group('node', 'mobilenet_v2', 0.6, RESULTS)];
const rowOf = (text, about) => text.split('\n').find((line) => line.startsWith(`| ${about} |`));

test('speeds are compared round by round, in the order of the work', () => {
  const groups = new Groups(run);
  assert.deepEqual(
    groups.all.map(({ model }) => model.name),
    ['mobilenet_v2', 'resnet50'],
  );
  const [first] = groups.all;
  assert.equal(faster(first, 'ours-relaxed', 'ort'), 2.5);
  assert.equal(faster(first, 'ours-plain:2', 'ort'), undefined);
  assert.equal(faster(undefined, 'ours-relaxed', 'ort'), undefined);
  assert.equal(bestPeer(first, 1), 'tfjs');
  assert.equal(bestPeer(first, 2), 'ort:2');
});

test('two threads have twice the limit', () => {
  const [first] = new Groups(run).all;
  for (const id of ['ours-relaxed', 'ours-relaxed:2']) assert.ok(Math.abs(share(first, id) - 0.2) < 1e-12);
});

test('a verdict goes by the worst value, and says what is not known', () => {
  assert.equal(verdict({ atLeast: 2 }, [3, 2]), 'reached');
  assert.equal(verdict({ atLeast: 2 }, [3, 1.5]), '**missed by 25 %**');
  assert.equal(verdict({ atLeast: 2 }, [1.99]), '**missed by 0.5 %**');
  assert.equal(verdict({ atMost: 0.5 }, [0.4, 0.6]), '**missed by 20 %**');
  assert.equal(verdict({ atMost: 0.5 }, [0.5, 0.1]), 'reached');
  assert.equal(verdict({ atLeast: 2 }, [3, undefined]), 'reached where measured');
  assert.equal(verdict({ atLeast: 2 }, [undefined]), 'not measured');
});

test('targets name the models they are about', () => {
  const [beside, others] = targetTables(new Groups(run));
  const measured = (about) => rowOf(beside, about).split(' | ').slice(2, 6);
  assert.deepEqual(measured('onnxruntime-web: geometric mean over the models'), ['-', '-', '2.50', '4.00']);
  assert.deepEqual(measured('tfjs-wasm: ResNet50'), ['-', '-', '2.20', '-']);
  assert.deepEqual(measured('onnxruntime-web: peak wasm memory, the most of all models'), ['-', '-', '0.25', '0.25']);
  assert.match(rowOf(others, 'start-up to ready beside onnxruntime-web, models up to 25 MB'), /\| 10\.00 \|/);
  assert.match(rowOf(others, 'start-up to ready beside onnxruntime-web, larger models'), /not measured/);
  assert.match(rowOf(others, 'two threads beside one: ResNet50'), /\| 2\.00 \|/);
  assert.match(rowOf(others, '`exact` beside the default: every model'), /\| 0\.80 \|/);
  assert.match(rowOf(others, 'native onnxruntime on AVX2: geometric mean'), /\| 0\.50 \|/);
});

test('a page says where, with what, what falls short, and who was not there', () => {
  const text = page(run, [], [{ name: 'ours', raw: 3e5, gzip: 1e5 }], 'Depthwise holds it back.\n');
  assert.match(text, /A CPU, 2 cores, 8 GiB/);
  assert.match(text, /Depthwise holds it back\./);
  assert.match(text, /\| resnet50 \| 8\.00 \| 15\.0 \(12\.5 to 17\.5\) \| 66\.7 \| 20 % \|/);
  assert.match(text, /- ours-plain:2 in node: no shared memory \(mobilenet_v2, resnet50\)/);
  assert.match(text, /\| ours \| 0\.30 \| 0\.10 \|/);
  assert.doesNotMatch(text, /undefined|NaN/);
  assert.deepEqual(
    [...text.matchAll(/\]\(bench\/(.*)\.svg\)/g)].map(([, plot]) => plot),
    ['peers-node'],
  );
});

test('bars are beside onnxruntime-web on as many threads', () => {
  const { models, panels } = bars(run, 'node');
  assert.deepEqual(models, ['mobilenet_v2', 'resnet50']);
  const values = (panel, label) => panel.bars.find((bar) => bar.label === label).values;
  assert.deepEqual(values(panels[0], 'ours'), [2.5, 2.5]);
  assert.deepEqual(values(panels[1], 'ours'), [4, 4]);
  assert.deepEqual(values(panels[1], 'exact'), [null, null]);
});

test('lines go along the size that varies', () => {
  const sized = (batch, width, ms) =>
    group('chromium', 'net_sizes', 1, { 'ours-relaxed': runner(ms), ort: { failed: 'no' } }, { batch, width });
  const [images, batches, ...rest] = growth([sized(1, 224, 2), sized(4, 224, 8), sized(1, 96, 1)]);
  assert.deepEqual(images.lines[0], { label: 'ours', x: [96, 224], ms: [1.5, 3], megabytes: [1, 1] });
  assert.deepEqual(batches.lines[0].x, [1, 4]);
  assert.deepEqual(batches.lines[1].x, []);
  assert.deepEqual(rest, []);
});

test('numbers and tables', () => {
  assert.deepEqual([0.123, 12.34, 123.4, undefined].map(milliseconds), ['0.12', '12.3', '123', '-']);
  assert.equal(table(['a', 'b'], [[1, 2]]), '| a | b |\n| --- | ---: |\n| 1 | 2 |');
});
