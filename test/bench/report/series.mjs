// What the plots show, for plots.py.
import { faster, Groups, memory, named, ours, time } from './groups.mjs';

/** Bars: how many times as fast as onnxruntime-web on as many threads. */
export function bars(fixed, engine) {
  const groups = new Groups(fixed).of(engine);
  const panel = (threads) => {
    const base = named('ort', threads);
    const shown = { ours: ours(threads), exact: ours(threads, true), 'tfjs-wasm': named('tfjs', threads) };
    const scale = threads === 1 ? { 'native, AVX2': 'native-avx2' } : {};
    const bar = ([label, id]) => ({ label, values: groups.map((group) => faster(group, id, base) ?? null) });
    return { threads, bars: Object.entries({ ...shown, ...scale }).map(bar) };
  };
  return { models: groups.map(({ model }) => model.name), panels: [panel(1), panel(2)] };
}

/** Which size a case varies, beside the first case of its model, and to what. */
const AXES = [
  { about: 'image size, pixels', of: ({ batch, width }) => (batch === 1 ? width : undefined) },
  { about: 'batch', of: ({ batch, width }) => (width === 224 ? batch : undefined) },
  { about: 'sequence length, tokens', of: ({ tokens }) => tokens },
];

const LINES = { ours: ours(), 'onnxruntime-web': 'ort' };

/** Lines: time and memory by size. */
export function growth(groups) {
  return AXES.map(({ about, of }) => {
    const points = groups
      .map((group) => ({ group, x: of(group.model.case.sizes) }))
      .filter(({ x }) => x !== undefined)
      .sort((a, b) => a.x - b.x);
    const line = ([label, id]) => {
      const there = points.filter(({ group }) => time(group, id));
      return {
        label,
        x: there.map(({ x }) => x),
        ms: there.map(({ group }) => time(group, id).median),
        megabytes: there.map(({ group }) => memory(group, id) / 1e6),
      };
    };
    return { about, model: points[0]?.group.model.name, lines: Object.entries(LINES).map(line) };
  }).filter(({ model }) => model);
}
