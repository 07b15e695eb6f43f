// Who runs when: everybody in turn, so that what the machine does meanwhile hits all alike.
import { median } from './stats.mjs';

/** Each for `ms` in all, in turns: what compilers do in the background they do in others' turns too. */
async function warmUp(sessions, ms, turn) {
  const spent = new Map(sessions.map((session) => [session, 0]));
  for (let left = sessions; left.length > 0; left = sessions.filter((session) => spent.get(session) < ms)) {
    for (const session of left) {
      const times = await session.call('turn', Math.min(turn, ms));
      spent.set(
        session,
        times.reduce((sum, time) => sum + time, spent.get(session)),
      );
    }
  }
}

/** For each session the median time of each round's turn, in ms. */
export async function measure(sessions, { warm, rounds, turn }) {
  await warmUp(sessions, warm, turn);
  const medians = sessions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, session] of sessions.entries()) medians[i].push(median(await session.call('turn', turn)));
  }
  return medians;
}
