// Turn-taking, with sessions that only note when they ran.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from '../rounds.mjs';

/** A run takes `ms` of its own clock. */
function entry(name, ms, log) {
  const call = async (what, turn) => {
    log.push(name[0]);
    return Array(Math.max(1, Math.ceil(turn / ms))).fill(ms);
  };
  return { runner: { name }, session: { call } };
}

test('rounds alternate, after each has had its warm-up', async () => {
  const log = [];
  const entries = [entry('a', 10, log), entry('b', 50, log)];
  assert.deepEqual(await measure(entries, { warm: 100, rounds: 3, turn: 50 }), [
    [10, 10, 10],
    [50, 50, 50],
  ]);
  assert.equal(log.join(''), 'abab' + 'ababab');
});

test('a run longer than the warm-up runs once, and once a turn', async () => {
  const log = [];
  const medians = await measure([entry('slow', 700, log)], { warm: 100, rounds: 2, turn: 50 });
  assert.deepEqual(medians, [[700, 700]]);
  assert.equal(log.length, 3);
});

test('what is machine code from the start is warm after a second', async () => {
  const log = [];
  await measure([entry('native', 500, log), entry('ours', 500, log)], { warm: 3000, rounds: 1, turn: 500 });
  assert.equal(log.join(''), 'nono' + 'oooo' + 'no');
});

test('nobody to measure', async () => {
  assert.deepEqual(await measure([], { warm: 100, rounds: 2, turn: 50 }), []);
});
