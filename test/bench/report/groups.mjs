// Looks things up in the stored groups of a run.
import { geometricMean, median, ratio, summary } from '../stats.mjs';

/** What a user gets where the engine has relaxed SIMD, and the build whose bits are the same everywhere. */
export const ours = (threads = 1, exact = false) => named(exact ? 'ours-plain' : 'ours-relaxed', threads);
export const named = (name, threads = 1) => (threads === 1 ? name : `${name}:${threads}`);

export class Groups {
  #groups;

  /** groups: as all.mjs stores them, of models that are measured in one size; in order of their work. */
  constructor(groups) {
    const work = ({ model }) => model.case.gflop;
    this.#groups = [...groups].sort((a, b) => work(a) - work(b) || a.model.name.localeCompare(b.model.name));
  }

  get all() {
    return this.#groups;
  }

  of(engine) {
    return this.#groups.filter((group) => group.engine === engine);
  }

  find(engine, model) {
    return this.#groups.find((group) => group.engine === engine && group.model.name === model);
  }
}

const turns = (group, id) => group?.results[id]?.turns;

/** { median, low, high } in ms, or undefined. */
export function time(group, id) {
  const found = turns(group, id);
  return found && summary(found);
}

/** GFLOP/s. */
export function rate(group, id) {
  const found = time(group, id);
  return found && group.results[id].flops / found.median / 1e6;
}

/** How many times as fast `id` is as `peer`, turn beside turn. */
export function faster(group, id, peer) {
  const [mine, theirs] = [turns(group, id), turns(group, peer)];
  return mine && theirs && ratio(theirs, mine).median;
}

/** Of what a loop in registers reaches in the same engine. */
export function share(group, id) {
  const limit = rate(group, id.startsWith('ours-plain') ? 'limit-plain' : 'limit-relaxed');
  const reached = rate(group, id);
  return reached && limit && reached / limit / Number(/:(\d+)$/.exec(id)?.[1] ?? 1);
}

/** The median of one of `ready` and `first`, in ms. */
export function start(group, id, what) {
  const starts = group?.results[id]?.starts;
  return starts && median(starts.map((each) => each[what]));
}

export const memory = (group, id) => group?.results[id]?.memory;

/** The peer that is fastest in the same engine on as many threads, or undefined. */
export function bestPeer(group, threads) {
  const there = ['ort', 'tfjs'].map((name) => named(name, threads)).filter((id) => turns(group, id));
  return there.sort((a, b) => time(group, a).median - time(group, b).median)[0];
}

/** Of what is a number; undefined where nothing is. */
export function fold(values, how) {
  const numbers = values.filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : how(numbers);
}

export const meanOf = (values) => fold(values, geometricMean);
export const least = (values) => fold(values, (numbers) => Math.min(...numbers));
export const most = (values) => fold(values, (numbers) => Math.max(...numbers));
