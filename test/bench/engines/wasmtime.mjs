// The command line on wasmtime, with our module and a model, or with a module that TVM made of it: a process for each turn, since it keeps
// no model between runs.
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
  const what = files.model ? [files.model, '-c', files.module] : [files.module];
  const how = ['--threads', String(threads), '--repeat', String(times), ...LIMITS, '--json'];
  const args = ['run', ...what, ...feeds, ...how];
  try {
    const { stdout } = await execute(COMMAND, args, { maxBuffer: LONGEST_ANSWER });
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(error.stderr?.trim() || error.message);
  }
}

async function expectedOf(options) {
  const paths = Object.values(options.expected);
  return Promise.all(paths.map(async (path) => readNpy(await readFile(path)).data));
}

/** What `session.call` reaches. Answers are those of the first run of a process. */
class Ours {
  #options;
  #expected;
  #last;

  /** Once to fill the cache of compiled code, as every start but the first finds it. */
  async open(options) {
    this.#options = options;
    this.#expected = await expectedOf(options);
    await runModel(options, 1 + COLD);
    const { ms, distance } = await this.#run(1 + COLD);
    const ready = ms.module + ms.load;
    return { ready, first: ready + ms.plan + ms.runs[0], flops: options.meta.flops, distance };
  }

  async #run(times) {
    const { outputs, ms, memory_bytes: memory } = await runModel(this.#options, times);
    const distance = checkDistance(
      outputs.map(({ values }) => values),
      this.#expected,
    );
    this.#last = { time: median(ms.runs), memory };
    return { ms, distance };
  }

  async turn(length) {
    const { ms } = await this.#run(Math.max(1, Math.round(length / this.#last.time)) + COLD);
    return ms.runs.slice(COLD);
  }

  async check() {
    return (await this.#run(1 + COLD)).distance;
  }

  async memory() {
    return this.#last.memory;
  }
}

async function openOurs(options) {
  const ours = new Ours();
  const opened = await ours.open(options);
  return { opened, call: (name, ...args) => ours[name](...args), close: async () => {} };
}

/** Peers are JavaScript, or native. */
async function open(options) {
  if (options.name === 'ours' || options.name === 'tvm') return openOurs(options);
  if (options.name === 'limit') return openNative(options);
  throw new Error(`${options.name} does not run in wasmtime`);
}

export async function start() {
  return { open, stop: async () => {} };
}
