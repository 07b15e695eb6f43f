// What was measured, a table for each engine and question.
import { bestPeer, faster, memory, named, ours, rate, share, start, time } from './groups.mjs';
import { TVM_VARIANTS } from '../spec.mjs';
import { megabytes, milliseconds, number, percent, spread, table } from './markdown.mjs';

const name = ({ model }) => model.name;
const gflop = ({ model }) => number(model.case.gflop, 2);

function besidePeer(group, threads) {
  const peer = bestPeer(group, threads);
  const times = peer && faster(group, ours(threads), peer);
  return times === undefined ? '-' : `${times.toFixed(2)} (${peer.replace(/:\d+$/, '')})`;
}

/** Times in a browser or Node, beside the peers there. */
export function timesTable(groups, engine, threads) {
  const head = ['model', 'GFLOP', 'ours, ms', 'GFLOP/s', 'of the limit', '`exact`, ms', 'onnxruntime-web', 'tfjs-wasm'];
  const rows = groups
    .of(engine)
    .map((group) => [
      name(group),
      gflop(group),
      spread(time(group, ours(threads))),
      number(rate(group, ours(threads)), 1),
      percent(share(group, ours(threads))),
      spread(time(group, ours(threads, true))),
      spread(time(group, named('ort', threads))),
      spread(time(group, named('tfjs', threads))),
      besidePeer(group, threads),
    ]);
  return table([...head, 'times the best peer'], rows);
}

/** Where there is no peer: beside native code. */
export function nativeTable(groups, engine) {
  const head = [
    'model',
    'GFLOP',
    'ours, ms',
    'GFLOP/s',
    'of the limit',
    '`exact`, ms',
    '2 threads',
    'native AVX2',
    'native',
  ];
  const rows = groups
    .of(engine)
    .map((group) => [
      name(group),
      gflop(group),
      spread(time(group, ours())),
      number(rate(group, ours()), 1),
      percent(share(group, ours())),
      spread(time(group, ours(1, true))),
      spread(time(group, ours(2))),
      spread(time(group, 'native-avx2')),
      spread(time(group, 'native')),
      spread(time(group, 'native:2')),
      number(faster(group, ours(), 'native-avx2'), 2),
    ]);
  return table([...head, 'native, 2 threads', 'times native AVX2'], rows);
}

/** What TVM made of the models, by its own schedules, by ours, and by ours with tuning records, beside our engine and native code. */
export function generatedTable(groups, engine) {
  const kinds = TVM_VARIANTS.map((variant) => `tvm-${variant}`);
  const best = kinds.at(-1);
  const head = ['model', ...TVM_VARIANTS.map((variant) => `${variant}, ms`), 'tuned, GFLOP/s', 'MB'];
  const rows = groups
    .of(engine)
    .filter((group) => kinds.some((id) => id in group.results))
    .map((group) => [
      name(group),
      ...kinds.map((id) => spread(time(group, id))),
      number(rate(group, best), 1),
      megabytes(memory(group, best)),
      spread(time(group, ours(1, true))),
      number(rate(group, ours(1, true)), 1),
      spread(time(group, 'native-avx2')),
      spread(time(group, 'native')),
    ]);
  return table([...head, 'our engine, `exact`, ms', 'GFLOP/s', 'native AVX2', 'native'], rows);
}

/** From bytes to ready, to the first answer, and the memory at the end. */
export function startTable(groups, engine) {
  const peers = ['ort', 'tfjs'];
  const of = (group, id) => [
    milliseconds(start(group, id, 'ready')),
    milliseconds(start(group, id, 'first')),
    megabytes(memory(group, id)),
  ];
  const head = ['model', 'ours: ready, ms', 'first answer', 'MB', 'onnxruntime-web: ready', 'first answer', 'MB'];
  const rows = groups.of(engine).map((group) => [name(group), ...[ours(), ...peers].flatMap((id) => of(group, id))]);
  return table([...head, 'tfjs-wasm: ready', 'first answer', 'MB'], rows);
}

/** What a page downloads of each model. */
export function modelTable(groups) {
  const known = new Map(groups.all.map((group) => [name(group), group]));
  const rows = [...known.values()].map(({ model }) => [
    model.name,
    model.parameters.toLocaleString('en'),
    number(model.case.gflop, 3),
    megabytes(model.files['model.mindir']),
    megabytes(model.files['model.onnx']),
    megabytes(model.files['weights.bin']),
  ]);
  return table(['model', 'parameters', 'GFLOP', 'MindIR, MB', 'ONNX, MB', 'for tfjs, MB'], rows);
}

/** sizes: [{ name, raw, gzip }]. */
export function sizeTable(sizes) {
  const rows = sizes.map(({ name, raw, gzip }) => [name, megabytes(raw), megabytes(gzip)]);
  return table(['', 'MB', 'gzip'], rows);
}

/** Who was to take part and did not, with the reason, once for each engine. */
export function failures(groups) {
  const models = new Map();
  for (const { engine, model, results } of groups.all) {
    for (const [id, { failed }] of Object.entries(results).filter(([, result]) => result.failed)) {
      const reason = `${id} in ${engine}: ${failed.trim()}`;
      models.set(reason, [...(models.get(reason) ?? []), model.name]);
    }
  }
  return [...models].map(([reason, names]) => `- ${reason} (${names.join(', ')})`);
}
