// How much a page downloads before its first model.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packages, root } from '../places.mjs';
import { moduleFile, parseRunner } from '../spec.mjs';

function scripts(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => join(folder, file));
}

function oursWith(id) {
  const runner = parseRunner(id);
  return [...scripts(join(root, 'bindings/js/dist')), join(root, 'build/wasm', moduleFile(runner))];
}

const of = (folder, ...files) => files.map((file) => join(packages, folder, 'dist', file));

const DOWNLOADS = {
  ours: () => oursWith('ours-relaxed'),
  'ours, `exact`': () => oursWith('ours-plain'),
  'ours with threads': () => oursWith('ours-relaxed:2'),
  'onnxruntime-web': () =>
    of('onnxruntime-web', 'ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'),
  'tfjs-wasm': () => [
    ...of('@tensorflow/tfjs-core', 'tf-core.fesm.min.js'),
    ...of('@tensorflow/tfjs-backend-wasm', 'tf-backend-wasm.fesm.min.js', 'tfjs-backend-wasm-simd.wasm'),
  ],
};

/** [{ name, raw, gzip }], each file packed by itself, as a server does. */
export function downloads() {
  return Object.entries(DOWNLOADS).map(([name, files]) => {
    const bytes = files()
      .filter(existsSync)
      .map((path) => readFileSync(path));
    const sum = (sizes) => sizes.reduce((a, b) => a + b, 0);
    const gzip = sum(bytes.map((each) => gzipSync(each, { level: 9 }).length));
    return { name, raw: sum(bytes.map((each) => each.length)), gzip };
  });
}
