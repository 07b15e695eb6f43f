// One model in one engine: all its runners in one run, since only such times can be compared.
import { openNative } from './engines/native.mjs';
import { measure } from './rounds.mjs';
import { sessionOptions } from './places.mjs';
import { median, ratio, summary } from './stats.mjs';

function open(engine, { runner, options }) {
  return runner.name === 'native' ? openNative(options) : engine.open(options);
}

/** Not an error of ours alone: the table says why there is no number. */
async function tryOpen(engine, runner, model) {
  const options = await sessionOptions(runner, model);
  if (options.absent) return { runner, failed: options.absent };
  try {
    return { runner, options, session: await open(engine, { runner, options }) };
  } catch (error) {
    return { runner, failed: error.message.split('\n')[0] };
  }
}

/** Fresh ones in turn; the first of each is the one that is measured later. No table has the starts of the others. */
async function startAgain(engine, entries, times) {
  const starters = entries.filter(
    ({ session, runner }) => session && !['limit', 'native', 'tvm'].includes(runner.name),
  );
  for (const entry of starters) entry.starts = [entry.session.opened];
  for (let i = 1; i < times; i++) {
    for (const entry of starters) {
      const session = await open(engine, entry);
      entry.starts.push(session.opened);
      await session.close();
    }
  }
}

/** A wrong answer makes the times worthless. */
async function checkAgain(entry) {
  try {
    await entry.session.call('check');
  } catch (error) {
    entry.failed = `after its turns: ${error.message}`;
  }
}

async function resultOf({ session, failed, starts, turns }) {
  if (failed) return { failed };
  const { flops, distance } = session.opened;
  const memory = await session.call('memory');
  return { flops, distance, turns, memory, starts: starts?.map(({ ready, first }) => ({ ready, first })) };
}

/** By runner: { flops, distance, turns, memory, starts } or { failed }. */
export async function runGroup(engine, model, runners, settings) {
  const entries = [];
  try {
    for (const runner of runners) entries.push(await tryOpen(engine, runner, model));
    await startAgain(engine, entries, settings.starts);
    const there = entries.filter(({ session }) => session);
    const turns = await measure(there, settings);
    there.forEach((entry, i) => (entry.turns = turns[i]));
    for (const entry of there) await checkAgain(entry);
    const results = {};
    for (const entry of entries) results[entry.runner.id] = await resultOf(entry);
    return results;
  } finally {
    for (const { session } of entries) await session?.close();
  }
}

const startText = ({ starts, memory }) =>
  starts ? `  ready ${median(starts.map(({ ready }) => ready)).toFixed(0)} ms, ${(memory / 1e6).toFixed(1)} MB` : '';

/** Lines for people, each beside the first runner. */
export function groupText(results) {
  const [base] = Object.values(results);
  const wide = Math.max(...Object.keys(results).map((id) => id.length));
  return Object.entries(results).map(([id, result]) => {
    if (result.failed) return `  ${id.padEnd(wide)}  ${result.failed}`;
    const { median: middle, low, high } = summary(result.turns);
    const rate = result.flops / middle / 1e6;
    const beside = base.turns ? `  ${ratio(result.turns, base.turns).median.toFixed(3)} x` : '';
    const numbers = `${middle.toFixed(2).padStart(9)} ms (${low.toFixed(2)} to ${high.toFixed(2)})`;
    return `  ${id.padEnd(wide)}  ${numbers}  ${rate.toFixed(1).padStart(6)} GFLOP/s${beside}${startText(result)}`;
  });
}
