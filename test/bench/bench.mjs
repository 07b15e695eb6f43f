// Measures the module against its peers, model by model and engine by engine: see --help.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as chromium from './engines/chromium.mjs';
import * as node from './engines/node.mjs';
import * as wasmtime from './engines/wasmtime.mjs';
import { groupText, runGroup } from './group.mjs';
import { cache, readModel } from './places.mjs';
import { parseRunner } from './spec.mjs';

const HELP = `node test/bench/bench.mjs --model NAME[,NAME] [options]

  --model NAMES     folders under --models, with /CASE where it is not the first one
  --engine NAMES    node, chromium, wasmtime                        (node)
  --runners NAMES   ours-plain, ours-relaxed, ort, tfjs, native, native-avx2, limit-plain, limit-relaxed, each with :THREADS;
                    ours-plain@BUILD takes the module of another build folder; ratios are to the first one
                                                                    (ours-plain,ours-relaxed,ort)
  --models DIR      made by tools/make_models.py                    (.cache/bench/models)
  --warm MS         each runner before anything counts              (5000)
  --rounds N        in each, every runner has its turn              (9)
  --turn MS         how long a turn is                              (500)
  --json            the results as JSON, in place of text`;

const ENGINES = { node, chromium, wasmtime };
const OPTIONS = {
  model: { type: 'string' },
  engine: { type: 'string', default: 'node' },
  runners: { type: 'string', default: 'ours-plain,ours-relaxed,ort' },
  models: { type: 'string', default: join(cache, 'models') },
  warm: { type: 'string', default: '5000' },
  rounds: { type: 'string', default: '9' },
  turn: { type: 'string', default: '500' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help || !values.model) return console.log(HELP);
  const runners = values.runners.split(',').map(parseRunner);
  const settings = { warm: Number(values.warm), rounds: Number(values.rounds), turn: Number(values.turn) };
  const all = [];
  for (const name of values.engine.split(',')) {
    const engine = await ENGINES[name].start();
    try {
      for (const model of values.model.split(',').map((each) => readModel(values.models, each))) {
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

try {
  await main();
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
