// What `make bench` measures. A new model is a line in tools/bench_models/registry.py; it is in here by being made.

import { existsSync } from 'node:fs';
import { tvmModule } from './places.mjs';
import { parseRunner, TVM_VARIANTS } from './spec.mjs';

/** In the order of the tables. The first is what users get, the others are beside it. */
const OURS = ['ours-relaxed', 'ours-plain', 'ours-relaxed:2', 'ours-plain:2'];
const SCALE = ['native-avx2', 'limit-plain', 'limit-relaxed'];
const TVM = TVM_VARIANTS.map((variant) => `tvm-${variant}`);
const PEERS = ['ort', 'ort:2', 'tfjs', 'tfjs:2'];

export const RUNNERS = {
  chromium: [...OURS, ...PEERS, ...SCALE],
  node: [...OURS, ...PEERS, ...SCALE],
  wasmtime: [...OURS, ...SCALE, 'native', 'native:2', ...TVM],
};

/** How time and memory grow: models with a file for each size. */
export const GROWTH = { engine: 'chromium', runners: ['ours-relaxed', 'ort'] };
export const isGrowth = ({ name }) => name.endsWith('_sizes');

const FULL = {
  engines: ['chromium', 'node', 'wasmtime'],
  settings: { warm: 5000, rounds: 7, turn: 250, starts: 3 },
  growth: { warm: 2000, rounds: 3, turn: 300, starts: 0 },
  runs: () => true,
  takes: () => true,
  results: 'results',
};

/** Five minutes: what most people have, beside the peer that runs everything, and no models that take long. */
const QUICK = {
  engines: ['chromium', 'wasmtime'],
  settings: { warm: 1500, rounds: 3, turn: 200, starts: 1 },
  growth: undefined,
  runs: ({ quick }) => quick,
  takes: (id) => /^(ours-relaxed|ours-plain|ort|limit)/.test(id) && id !== 'ours-plain:2',
  results: 'results-quick',
};

export const planOf = (quick) => (quick ? QUICK : FULL);

/** tfjs has the nets that come as a list of layers, TVM those that modules were made of. */
function isThere({ name, variant }, model) {
  if (name === 'tfjs') return 'graph.json' in model.files;
  return name !== 'tvm' || existsSync(tvmModule(model.name, variant));
}

export function runnersFor(engine, model, plan) {
  return RUNNERS[engine].filter((id) => plan.takes(id) && isThere(parseRunner(id), model));
}
