// Who runs when: everybody in turn, so that what the machine does meanwhile hits all alike.
import { median } from './stats.mjs';

/** Machine code from the start: a second fills the caches. Others have compilers at work behind them. */
const COMPILED = ['limit', 'native'];
const COMPILED_WARM = 1000;

const sum = (values) => values.reduce((a, b) => a + b, 0);

/** In turns as well: what compilers do in the background they do in others' turns, too. */
async function warmUp(entries, { warm, turn }) {
  const left = new Map(
    entries.map((entry) => [entry, COMPILED.includes(entry.runner.name) ? Math.min(warm, COMPILED_WARM) : warm]),
  );
  while (left.size > 0) {
    for (const [entry, ms] of left) {
      const after = ms - sum(await entry.session.call('turn', Math.min(turn, ms)));
      if (after > 0) left.set(entry, after);
      else left.delete(entry);
    }
  }
}

/** For each entry, { runner, session }, the median time of each round's turn, in ms. */
export async function measure(entries, settings) {
  await warmUp(entries, settings);
  const medians = entries.map(() => []);
  for (let round = 0; round < settings.rounds; round++) {
    for (const [i, { session }] of entries.entries()) {
      medians[i].push(median(await session.call('turn', settings.turn)));
    }
  }
  return medians;
}
