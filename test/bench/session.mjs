// One runner with one model in a page or process of its own, and what is asked of it. Node and pages share this file.
import { wasmBytes } from './memory.mjs';
import { readNpy } from './npy.mjs';

/** How far an answer may lie from the reference, as a part of the reference's largest value. */
const AGREES = 1e-4;

const RUNNERS = {
  ours: () => import('./runners/ours.mjs'),
  ort: () => import('./runners/ort.mjs'),
  tfjs: () => import('./runners/tfjs.mjs'),
  limit: () => import('./runners/limit.mjs'),
};

/** The largest difference, as a part of the largest value expected. NaN counts as infinitely far. */
export function distance(answer, expected) {
  if (answer.length !== expected.length) throw new Error(`${answer.length} values, expected ${expected.length}`);
  let far = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const off = Math.abs(Number(answer[i]) - Number(expected[i]));
    far = Number.isNaN(off) ? Infinity : Math.max(far, off);
    largest = Math.max(largest, Math.abs(Number(expected[i])));
  }
  return far === 0 ? 0 : far / largest;
}

/** Of the output that is furthest off; nothing that answers wrongly is timed. */
export function checkDistance(answers, expected) {
  const worst = Math.max(0, ...expected.map((values, i) => distance(answers[i], values)));
  if (worst > AGREES) throw new Error(`differs from the reference by ${worst.toExponential(1)} of its largest value`);
  return worst;
}

async function readAll(read, places) {
  const entries = Object.entries(places ?? {});
  return Object.fromEntries(await Promise.all(entries.map(async ([name, place]) => [name, await read(place)])));
}

const arrays = (files) => Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, readNpy(bytes)]));

export class Session {
  #runner;
  #expected;

  /**
   * options: { name, threads, meta, packages, files, inputs, expected }, the last three places that `read` gives the bytes
   * of. The clock runs from bytes in memory to the first answer; a library's script has been read by then.
   */
  async open(options, read) {
    const { create, library } = await RUNNERS[options.name]();
    const loaded = await library?.(options.packages);
    const files = await readAll(read, options.files);
    const feeds = arrays(await readAll(read, options.inputs));
    const start = performance.now();
    this.#runner = await create({ ...options, library: loaded, files, feeds });
    const ready = performance.now() - start;
    await this.#runner.run();
    const first = performance.now() - start;
    this.#expected = Object.values(arrays(await readAll(read, options.expected))).map(({ data }) => data);
    return { ready, first, flops: this.#runner.flops, distance: await this.check() };
  }

  /** Before anything is timed, and after: a race of threads may show late. */
  async check() {
    return checkDistance(await this.#runner.run(), this.#expected);
  }

  /** Runs for about `ms` milliseconds, at least once; the times of the runs. */
  async turn(ms) {
    const times = [];
    for (let spent = 0; spent < ms; spent += times.at(-1)) {
      const start = performance.now();
      await this.#runner.run();
      times.push(performance.now() - start);
    }
    return times;
  }

  async memory() {
    return wasmBytes();
  }
}
