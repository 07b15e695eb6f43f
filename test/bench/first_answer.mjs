// From files to the first answer, and then the time of a run: one runner and one model in a process of its own, for tools/measure_components.py.
//
//     node first_answer.mjs '{"name": "ort", "runs": 1, "files": {...}, "inputs": {...}, "expected": {...}}'
import { readFile } from 'node:fs/promises';
import { readNpy } from './npy.mjs';
import { checkDistance } from './session.mjs';

const RUNNERS = { ours: './runners/ours.mjs', ort: './runners/ort.mjs' };

const { name, runs, warm, files, inputs, expected } = JSON.parse(process.argv[2]);
const read = async (path) => new Uint8Array(await readFile(path));
const readAll = async (paths, use) =>
  Object.fromEntries(await Promise.all(Object.entries(paths).map(async ([key, path]) => [key, use(await read(path))])));

const { create, library } = await import(RUNNERS[name]);
const runner = await create({
  library: await library?.({ ort: 'onnxruntime-web' }),
  files: { model: null, ...(await readAll(files, (bytes) => bytes)) },
  meta: {},
  feeds: await readAll(inputs, readNpy),
  threads: 1,
});
const answer = await runner.run();
if (runs > 0) {
  checkDistance(
    answer,
    Object.values(await readAll(expected, readNpy)).map(({ data }) => data),
  );
  const times = [];
  for (const start = performance.now(); performance.now() - start < warm;) await runner.run();
  while (times.length < runs) {
    const start = performance.now();
    await runner.run();
    times.push(performance.now() - start);
  }
  console.log(JSON.stringify(times));
}
process.exit();
