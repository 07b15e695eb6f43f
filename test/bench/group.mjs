// One model in one engine: all its runners in one run, since only such times can be compared.
import { openNative } from './engines/native.mjs';
import { measure } from './rounds.mjs';
import { sessionOptions } from './places.mjs';
import { ratio, summary } from './stats.mjs';

/** Not an error of ours alone: the table says why there is no number. */
async function tryOpen(engine, runner, model) {
  const options = await sessionOptions(runner, model);
  if (options.absent) return { runner, failed: options.absent };
  try {
    const open = runner.name === 'native' ? openNative : engine.open;
    return { runner, session: await open(options) };
  } catch (error) {
    return { runner, failed: error.message };
  }
}

async function closeAll(entries) {
  for (const { session } of entries) await session?.close();
}

/** { id: { turns, ready, first, memory, flops, distance } | { failed } } */
export async function runGroup(engine, model, runners, settings) {
  const entries = [];
  try {
    for (const runner of runners) entries.push(await tryOpen(engine, runner, model));
    const there = entries.filter(({ session }) => session);
    const turns = await measure(
      there.map(({ session }) => session),
      settings,
    );
    const results = {};
    for (const { runner, session, failed } of entries) {
      results[runner.id] = failed ? { failed } : { ...session.opened, memory: await session.call('memory') };
    }
    there.forEach(({ runner }, i) => (results[runner.id].turns = turns[i]));
    return results;
  } finally {
    await closeAll(entries);
  }
}

/** Lines for people, each beside the first runner. */
export function groupText(results) {
  const [[, base]] = Object.entries(results);
  const wide = Math.max(...Object.keys(results).map((id) => id.length));
  return Object.entries(results).map(([id, result]) => {
    if (result.failed) return `  ${id.padEnd(wide)}  ${result.failed}`;
    const { median, low, high } = summary(result.turns);
    const rate = result.flops / median / 1e6;
    const beside = base.turns ? `  ${ratio(result.turns, base.turns).median.toFixed(3)} x` : '';
    const numbers = `${median.toFixed(2).padStart(9)} ms (${low.toFixed(2)} to ${high.toFixed(2)})`;
    return `  ${id.padEnd(wide)}  ${numbers}  ${rate.toFixed(1).padStart(6)} GFLOP/s${beside}`;
  });
}
