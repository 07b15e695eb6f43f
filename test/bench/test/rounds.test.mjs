// Turn-taking, with sessions that only note when they ran.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from '../rounds.mjs';

/** A run takes `ms` of its own clock. */
function session(name, ms, log) {
  const call = async (what, turn) => {
    log.push(name);
    return Array(Math.max(1, Math.ceil(turn / ms))).fill(ms);
  };
  return { call };
}

test('rounds alternate, after each has had its warm-up', async () => {
  const log = [];
  const medians = await measure([session('a', 10, log), session('b', 50, log)], { warm: 100, rounds: 3, turn: 50 });
  assert.deepEqual(medians, [
    [10, 10, 10],
    [50, 50, 50],
  ]);
  assert.equal(log.join(''), 'abab' + 'ababab');
});

test('a run longer than the warm-up runs once, and once a turn', async () => {
  const log = [];
  assert.deepEqual(await measure([session('slow', 700, log)], { warm: 100, rounds: 2, turn: 50 }), [[700, 700]]);
  assert.equal(log.length, 3);
});

test('nobody to measure', async () => {
  assert.deepEqual(await measure([], { warm: 100, rounds: 2, turn: 50 }), []);
});
