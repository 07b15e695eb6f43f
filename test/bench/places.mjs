// Where models, modules and results lie.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { limitModule } from './limit.mjs';
import { moduleFile } from './spec.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cache = join(root, '.cache/bench');
export const packages = fileURLToPath(new URL('node_modules', import.meta.url));

/** One case of a folder that tools/make_models.py made, the first one if NAME/CASE does not say which. */
export function readModel(folder, text) {
  const [name, wanted] = text.split('/');
  const path = join(folder, name);
  if (!existsSync(join(path, 'meta.json'))) throw new Error(`${path}: no such model`);
  const { cases, ...facts } = JSON.parse(readFileSync(join(path, 'meta.json'), 'utf8'));
  const found = wanted === undefined ? cases[0] : cases.find((each) => each.name === wanted);
  if (!found) throw new Error(`${name} has no case ${wanted}, but ${cases.map((each) => each.name).join(', ')}`);
  return { id: text, path, ...facts, case: found };
}

async function limitFile(variant) {
  const path = join(cache, `limit-${variant}.wasm`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(path, await limitModule(variant));
  return path;
}

/** Made by wasm-backend-tvm/make_bench_modules.py, its parameters beside it. */
export const tvmModule = (name, variant) => join(cache, 'tvm', `${name}-${variant}.wasm`);

/** The files that a runner needs, by what they are to it. */
const FILES = {
  ours: (runner, { path, case: chosen }) => ({
    module: join(runner.build ?? join(root, 'build'), 'wasm', moduleFile(runner)),
    model: join(path, chosen.mindir),
  }),
  ort: (runner, { path, case: chosen }) => ({
    runtime: join(packages, 'onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
    model: join(path, chosen.onnx),
  }),
  native: ({ variant }, { path, case: chosen }) => ({
    model: join(path, chosen.onnx),
    ...(variant === 'avx2' && { avx2: join(root, 'build/bench/avx2_only.so') }),
  }),
  tvm: ({ variant }, { name }) => ({
    module: tvmModule(name, variant),
    parameters: tvmModule(name, variant).replace(/wasm$/, 'params'),
  }),
  tfjs: (runner, { path }) => ({ graph: join(path, 'graph.json'), weights: join(path, 'weights.bin') }),
  limit: async ({ variant }) => ({ module: await limitFile(variant) }),
};

const places = (tensors, path) => Object.fromEntries(tensors.map(({ name, file }) => [name, join(path, file)]));

/** What Session.open takes; absent: what is not there. */
export async function sessionOptions(runner, model) {
  const files = await FILES[runner.name](runner, model);
  const missing = Object.values(files).find((path) => !existsSync(path));
  const tensors = runner.name === 'limit' ? { inputs: [], outputs: [] } : model.case;
  return {
    ...(missing && { absent: `${relative(root, missing)} is not there` }),
    name: runner.name,
    threads: runner.threads,
    meta: { flops: model.case.gflop * 1e9 },
    files,
    inputs: places(tensors.inputs, model.path),
    expected: places(tensors.outputs, model.path),
  };
}

/** All cases of all models of a folder. */
export function readModels(folder) {
  const there = existsSync(folder)
    ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'meta.json')))
    : [];
  return there.flatMap((name) => {
    const { cases } = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'));
    return cases.map((each) => readModel(folder, `${name}/${each.name}`));
  });
}
