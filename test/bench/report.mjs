// Writes the report of the last run: a page, and beside it in bench/ the data of the plots, which plots.py draws.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, root } from './places.mjs';
import { isGrowth, planOf } from './plan.mjs';
import { page } from './report/page.mjs';
import { Groups } from './report/groups.mjs';
import { bars, growth } from './report/series.mjs';
import { downloads } from './report/sizes.mjs';
import { targetTables } from './report/targets.mjs';

/** Of models that there are: a result stays when its model's line is taken away. */
function readGroups(folder) {
  if (!existsSync(folder)) throw new Error(`${folder}: no results, measure first`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const groups = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
  return groups.filter(({ model }) => existsSync(join(cache, 'models', model.name)));
}

function writeJson(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, null, 1)}\n`);
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const groups = readGroups(join(cache, planOf(values.quick).results));
const [fixed, growing] = [
  groups.filter(({ model }) => !isGrowth(model)),
  groups.filter(({ model }) => isGrowth(model)),
];
const target = values.quick ? join(root, 'build/bench/BENCH.md') : join(root, 'docs/BENCH.md');
const notes = readFileSync(new URL('notes.md', import.meta.url), 'utf8');

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, page(fixed, growing, downloads(), notes));
const peers = Object.fromEntries(['chromium', 'node'].map((engine) => [engine, bars(fixed, engine)]));
writeJson(join(root, 'build/bench/plots.json'), {
  folder: join(dirname(target), 'bench'),
  peers,
  growth: growth(growing),
});
console.log([...targetTables(new Groups(fixed)), `wrote ${target}`].join('\n\n'));
