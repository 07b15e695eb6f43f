// Numbers worked out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geometricMean, median, quantile, ratio, summary } from '../stats.mjs';

test('the middle of an odd number is one of them, of an even number between two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), /no values/);
});

test('quartiles lie between neighbours', () => {
  assert.deepEqual(summary([10, 20, 30, 40, 50]), { median: 30, low: 20, high: 40 });
  assert.equal(quantile([0, 1], 0.25), 0.25);
});

test('a ratio is taken round by round: a slow round of both changes nothing', () => {
  assert.deepEqual(ratio([4, 40, 4], [2, 20, 2]), { median: 2, low: 2, high: 2 });
  assert.throws(() => ratio([1], [1, 2]), /1 rounds beside 2/);
});

test('the geometric mean of a ratio and its inverse is 1', () => {
  assert.equal(geometricMean([4, 0.25]), 1);
  assert.ok(Math.abs(geometricMean([2, 4.5]) - 3) < 1e-12);
});
