// The command line on wasmtime: a process for each turn, since it keeps no model between runs.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readNpy } from '../npy.mjs';
import { root } from '../places.mjs';
import { checkDistance } from '../session.mjs';
import { median } from '../stats.mjs';
import { openNative } from './native.mjs';

const execute = promisify(execFile);
const COMMAND = join(root, 'build/bin/wasm-frontend');
const LIMITS = ['--timeout', '600', '--memory-limit', '4000'];
const LONGEST_ANSWER = 1 << 28;

/** The first run of a process finds cold caches and pages that nobody has touched. */
const COLD = 1;

async function runModel({ files, inputs, threads }, times) {
  const feeds = Object.entries(inputs).flatMap(([name, path]) => ['--input', `${name}=${path}`]);
  const how = ['-c', files.module, '--threads', String(threads), '--repeat', String(times), ...LIMITS, '--json'];
  const args = ['run', files.model, ...feeds, ...how];
  try {
    const { stdout } = await execute(COMMAND, args, { maxBuffer: LONGEST_ANSWER });
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(error.stderr?.trim() || error.message);
  }
}

/** Once to fill the cache of compiled code, as every start but the first finds it. */
async function openOurs(options) {
  await runModel(options, 2);
  const { outputs, ms, memory_bytes: memory } = await runModel(options, 2);
  const expected = await Promise.all(
    Object.values(options.expected).map(async (path) => readNpy(await readFile(path)).data),
  );
  const distance = checkDistance(
    outputs.map(({ values }) => values),
    expected,
  );
  let last = median(ms.runs);
  const turn = async (length) => {
    const made = await runModel(options, Math.max(1, Math.round(length / last)) + COLD);
    const runs = made.ms.runs.slice(COLD);
    last = median(runs);
    return runs;
  };
  const calls = { turn, memory: async () => memory };
  const ready = ms.module + ms.load;
  return {
    opened: { ready, first: ready + ms.plan + ms.runs[0], flops: options.meta.flops, distance },
    call: (name, ...args) => calls[name](...args),
    close: async () => {},
  };
}

/** Peers are JavaScript, or native. */
async function open(options) {
  if (options.name === 'ours') return openOurs(options);
  if (options.name === 'limit') return openNative(options);
  throw new Error(`${options.name} does not run in wasmtime`);
}

export async function start() {
  return { open, stop: async () => {} };
}
