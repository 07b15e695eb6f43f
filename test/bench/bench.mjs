// Measures the module against its peers, model by model and engine by engine: see --help.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as chromium from './engines/chromium.mjs';
import * as node from './engines/node.mjs';
import * as wasmtime from './engines/wasmtime.mjs';
import { runAll } from './all.mjs';
import { groupText, runGroup } from './group.mjs';
import { cache, readModel } from './places.mjs';
import { parseRunner } from './spec.mjs';

const HELP = `node test/bench/bench.mjs --all [--quick] [--fresh] [--engine NAMES]
node test/bench/bench.mjs --model NAME[,NAME] [options]

  --all             what \`make bench\` does: all models, with results kept in .cache/bench
  --quick           fewer models, engines and rounds
  --fresh           also those again of which nothing has changed

  --model NAMES     folders under --models, with /CASE where it is not the first one
  --engine NAMES    node, chromium, wasmtime                        (node; with --all, all)
  --runners NAMES   ours-plain, ours-relaxed, ort, tfjs, native, native-avx2, limit-plain, limit-relaxed, each with
                    :THREADS, and tvm-default, tvm-packed, tvm-tuned; ours-plain@BUILD takes the module of another build folder; ratios are to the first one
                                                                    (ours-plain,ours-relaxed,ort)
  --models DIR      made by tools/make_models.py                    (.cache/bench/models)
  --warm MS         each runner before anything counts              (5000)
  --rounds N        in each, every runner has its turn              (9)
  --turn MS         how long a turn is                              (500)
  --starts N        fresh pages or processes for the time until ready (1)
  --json            the results as JSON, in place of text`;

const ENGINES = { node, chromium, wasmtime };
const OPTIONS = {
  all: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  model: { type: 'string' },
  engine: { type: 'string' },
  runners: { type: 'string', default: 'ours-plain,ours-relaxed,ort' },
  models: { type: 'string', default: join(cache, 'models') },
  warm: { type: 'string', default: '5000' },
  rounds: { type: 'string', default: '9' },
  turn: { type: 'string', default: '500' },
  starts: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

function engineOf(name) {
  const engine = ENGINES[name];
  if (!engine) throw new Error(`engine '${name}': expected ${Object.keys(ENGINES).join(', ')}`);
  return engine;
}

const enginesOf = ({ engine }, all) => engine?.split(',') ?? all;

async function runSome(values) {
  const runners = values.runners.split(',').map(parseRunner);
  const models = values.model.split(',').map((each) => readModel(values.models, each));
  const settings = Object.fromEntries(['warm', 'rounds', 'turn', 'starts'].map((name) => [name, Number(values[name])]));
  const all = [];
  for (const name of enginesOf(values, ['node'])) {
    const engine = await engineOf(name).start();
    try {
      for (const model of models) {
        const results = await runGroup(engine, model, runners, settings);
        all.push({ model: model.id, engine: name, settings, results });
        if (!values.json) console.log([`${model.id} in ${name}`, ...groupText(results)].join('\n'));
      }
    } finally {
      await engine.stop();
    }
  }
  if (values.json) console.log(JSON.stringify(all, null, 1));
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.all) return runAll(ENGINES, { ...values, engines: enginesOf(values, Object.keys(ENGINES)) });
  if (values.help || !values.model) return console.log(HELP);
  return runSome(values);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
