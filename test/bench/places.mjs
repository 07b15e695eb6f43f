// Where models, modules and results lie.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limitModule } from './limit.mjs';
import { moduleFile } from './spec.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cache = join(root, '.cache/bench');

/** Of a folder that tools/make_models.py made. */
export function readModel(folder, name) {
  const path = join(folder, name);
  if (!existsSync(join(path, 'meta.json'))) throw new Error(`${path}: no such model`);
  return { name, path, ...JSON.parse(readFileSync(join(path, 'meta.json'), 'utf8')) };
}

async function limitFile(variant) {
  const path = join(cache, `limit-${variant}.wasm`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(path, await limitModule(variant === 'relaxed'));
  return path;
}

/** The files that a runner needs, by what they are to it. */
const FILES = {
  ours: (runner, model) => ({
    module: join(runner.build ?? join(root, 'build'), 'wasm', moduleFile(runner)),
    model: join(model.path, 'model.mindir'),
  }),
  ort: (runner, model) => ({ model: join(model.path, 'model.onnx') }),
  native: (runner, model) => ({ model: join(model.path, 'model.onnx') }),
  tfjs: (runner, model) => ({ graph: join(model.path, 'graph.json'), weights: join(model.path, 'weights.bin') }),
  limit: async ({ variant }) => ({ module: await limitFile(variant) }),
};

/** What Session.open takes; undefined with a reason where something is not there. */
export async function sessionOptions(runner, model) {
  const files = await FILES[runner.name](runner, model);
  const missing = Object.values(files).find((path) => !existsSync(path));
  if (missing) return { absent: `${missing} is not there` };
  const limit = runner.name === 'limit';
  const inModel = (names) =>
    Object.fromEntries(Object.entries(names).map(([key, file]) => [key, join(model.path, file)]));
  return {
    name: runner.name,
    threads: runner.threads,
    meta: { flops: model.flops },
    files,
    inputs: limit ? {} : inModel(model.inputs),
    expected: limit ? {} : inModel(model.outputs),
  };
}
