// What was promised, and whether it was kept: the first table of docs/BENCH.md.
import { faster, least, meanOf, memory, most, named, ours, rate, start } from './groups.mjs';
import { table } from './markdown.mjs';

const SMALL = 25e6;
const BROWSERS = ['chromium', 'node'];
const ENGINES = [...BROWSERS, 'wasmtime'];
const THREADS = [1, 2];

/** The weights are most of it. */
const modelBytes = ({ model }) => model.files['model.mindir'];

const beside = (group, peer, threads) => faster(group, ours(threads), named(peer, threads));
const ofModel = (name, peer) => (groups, engine, threads) => beside(groups.find(engine, name), peer, threads);
const readyBeside = (group) => {
  const [mine, theirs] = [start(group, ours(), 'ready'), start(group, 'ort', 'ready')];
  return mine && theirs && theirs / mine;
};
const memoryBeside = (group, threads) => {
  const [mine, theirs] = [memory(group, ours(threads)), memory(group, named('ort', threads))];
  return mine && theirs && mine / theirs;
};
const exactBeside = (group) => faster(group, ours(1, true), ours());

/** A value for each engine and number of threads. */
const SAME_THREADS = [
  {
    about: 'onnxruntime-web: geometric mean over the models',
    atLeast: 2.2,
    value: (groups, engine, threads) => meanOf(groups.of(engine).map((group) => beside(group, 'ort', threads))),
  },
  {
    about: 'onnxruntime-web: every model',
    atLeast: 1.5,
    value: (groups, engine, threads) => least(groups.of(engine).map((group) => beside(group, 'ort', threads))),
  },
  { about: 'onnxruntime-web: ResNet50', atLeast: 2.0, value: ofModel('resnet50', 'ort') },
  { about: 'onnxruntime-web: MobileNetV2', atLeast: 2.2, value: ofModel('mobilenet_v2', 'ort') },
  { about: 'onnxruntime-web: EfficientNet-Lite0', atLeast: 2.8, value: ofModel('efficientnet_lite0', 'ort') },
  { about: 'tfjs-wasm: ResNet50', atLeast: 1.8, value: ofModel('resnet50', 'tfjs') },
  { about: 'tfjs-wasm: MobileNetV2', atLeast: 2.0, value: ofModel('mobilenet_v2', 'tfjs') },
  {
    about: 'onnxruntime-web: peak wasm memory, the most of all models',
    atMost: 0.6,
    value: (groups, engine, threads) => most(groups.of(engine).map((group) => memoryBeside(group, threads))),
  },
];

const ofSize = (small) => (groups, engine) =>
  least(
    groups
      .of(engine)
      .filter((group) => modelBytes(group) <= SMALL === small)
      .map(readyBeside),
  );
const gemm = (exact) => (groups, engine) => rate(groups.find(engine, 'matmul_512'), ours(1, exact));
const twice = (name) => (groups, engine) => faster(groups.find(engine, name), ours(2), ours());

/** A value for each engine named. */
const ONE_VALUE = [
  {
    about: 'start-up to ready beside onnxruntime-web, models up to 25 MB',
    atLeast: 8,
    engines: BROWSERS,
    value: ofSize(true),
  },
  {
    about: 'start-up to ready beside onnxruntime-web, larger models',
    atLeast: 4,
    engines: BROWSERS,
    value: ofSize(false),
  },
  { about: 'GEMM 512, GFLOP/s', atLeast: 44, engines: ['chromium'], value: gemm(false) },
  { about: 'GEMM 512, `exact`, GFLOP/s', atLeast: 34, engines: ['chromium'], value: gemm(true) },
  { about: 'GEMM 512, GFLOP/s', atLeast: 27, engines: ['wasmtime'], value: gemm(false) },
  { about: 'two threads beside one: MobileNetV2', atLeast: 1.7, value: twice('mobilenet_v2') },
  { about: 'two threads beside one: ResNet50', atLeast: 1.7, value: twice('resnet50') },
  { about: 'two threads beside one: MiniLM', atLeast: 1.7, value: twice('minilm') },
  {
    about: '`exact` beside the default: geometric mean',
    atLeast: 0.75,
    value: (groups, engine) => meanOf(groups.of(engine).map(exactBeside)),
  },
  {
    about: '`exact` beside the default: every model',
    atLeast: 0.7,
    value: (groups, engine) => least(groups.of(engine).map(exactBeside)),
  },
  {
    about: 'native onnxruntime on AVX2: geometric mean',
    atLeast: 0.45,
    value: (groups, engine) => meanOf(groups.of(engine).map((group) => faster(group, ours(), 'native-avx2'))),
  },
];

const digits = (value) => (value === undefined ? '-' : value.toFixed(value < 20 ? 2 : 1));

/** By the value that is furthest from the target; undefined ones were not measured. */
export function verdict({ atLeast, atMost }, values) {
  const worst = atLeast === undefined ? most(values) : least(values);
  if (worst === undefined) return 'not measured';
  const off = atLeast === undefined ? worst / atMost - 1 : 1 - worst / atLeast;
  if (off > 0) return `**missed by ${(100 * off).toFixed(off < 0.1 ? 1 : 0)} %**`;
  return values.includes(undefined) ? 'reached where measured' : 'reached';
}

/** places: of each column what target.value takes, or undefined where the target says nothing. */
function row(target, groups, places) {
  const wanted = target.atLeast === undefined ? `at most ${target.atMost}` : `at least ${target.atLeast}`;
  const values = places.map((place) => place && target.value(groups, ...place));
  const asked = values.filter((value, i) => places[i]);
  return [target.about, wanted, ...values.map(digits), verdict(target, asked)];
}

function sameThreads(groups) {
  const places = BROWSERS.flatMap((engine) => THREADS.map((threads) => [engine, threads]));
  const head = ['times as fast as', 'target', 'Chromium', '2 threads', 'Node', '2 threads', ''];
  return table(
    head,
    SAME_THREADS.map((target) => row(target, groups, places)),
  );
}

function oneValue(groups) {
  const places = ({ engines }) =>
    ENGINES.map((engine) => ((engines ?? ENGINES).includes(engine) ? [engine] : undefined));
  const head = ['', 'target', 'Chromium', 'Node', 'wasmtime', ''];
  return table(
    head,
    ONE_VALUE.map((target) => row(target, groups, places(target))),
  );
}

export const targetTables = (groups) => [sameThreads(groups), oneValue(groups)];
