// A whole run: every group of the plan, measured now or taken from the last run if nothing has changed since.
import { join } from 'node:path';
import { groupKey, store, stored } from './cache.mjs';
import { groupText, runGroup } from './group.mjs';
import { machine, versions } from './machine.mjs';
import { cache, readModels } from './places.mjs';
import { GROWTH, isGrowth, planOf, runnersFor } from './plan.mjs';
import { parseRunner } from './spec.mjs';

/** { model, runners, settings } of one engine. A model has several cases only to show how it grows. */
function groupsOf(engine, plan, models) {
  const fixed = models.filter((model) => !isGrowth(model) && plan.runs(model));
  const growing = plan.growth && engine === GROWTH.engine ? models.filter(isGrowth) : [];
  return [
    ...fixed.map((model) => ({ model, runners: runnersFor(engine, model, plan), settings: plan.settings })),
    ...growing.map((model) => ({ model, runners: GROWTH.runners, settings: plan.growth })),
  ];
}

/** Peers may be unable; ours should not, so it is tried again. */
const isWhole = ({ results }) => !Object.entries(results).some(([id, { failed }]) => failed && id.startsWith('ours'));

async function measureOrTake(engine, name, { model, runners: ids, settings }, { folder, fresh }) {
  const runners = ids.map(parseRunner);
  const path = join(folder, `${name}-${model.name}-${model.case.name}.json`);
  const key = await groupKey(name, engine.version, model, runners, settings);
  const before = fresh ? undefined : stored(path, key);
  if (before && isWhole(before)) return before;
  const started = machine();
  const results = await runGroup(engine, model, runners, settings);
  const { id, path: where, ...facts } = model;
  const group = { key, engine: name, engineVersion: engine.version, model: facts, settings, machine: started, results };
  store(path, { ...group, versions: versions() });
  return group;
}

async function runEngine(engine, name, groups, options) {
  for (const group of groups) {
    const start = Date.now();
    const { results } = await measureOrTake(engine, name, group, options);
    const took = ((Date.now() - start) / 1000).toFixed(0);
    console.log([`${group.model.id} in ${name} (${took} s)`, ...groupText(results)].join('\n'));
  }
}

/** values: quick, fresh, models, and the names of the engines wanted. */
export async function runAll(engines, { quick, fresh, models: from, engines: wanted }) {
  const plan = planOf(quick);
  const models = readModels(from);
  if (models.length === 0) throw new Error(`no models in ${from}: make them with tools/make_models.py`);
  const options = { folder: join(cache, plan.results), fresh };
  for (const name of plan.engines.filter((each) => wanted.includes(each))) {
    const engine = await engines[name].start();
    try {
      await runEngine(engine, name, groupsOf(name, plan, models), options);
    } finally {
      await engine.stop();
    }
  }
}
