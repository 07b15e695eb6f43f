// What runners are called, and how arrays and answers are read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNpy } from '../npy.mjs';
import { distance } from '../session.mjs';
import { moduleFile, parseRunner } from '../spec.mjs';

test('a runner is a name, a variant, threads and a build', () => {
  assert.deepEqual(parseRunner('ort'), { id: 'ort', name: 'ort', variant: undefined, threads: 1, build: undefined });
  const { name, variant, threads, build } = parseRunner('ours-relaxed:2@/tree/build');
  assert.deepEqual([name, variant, threads, build], ['ours', 'relaxed', 2, '/tree/build']);
});

test('a wrong runner is told what would be right', () => {
  assert.throws(
    () => parseRunner('tensorrt'),
    /runner 'tensorrt': expected NAME.* one of ours, limit, ort, tfjs, native/,
  );
  assert.throws(() => parseRunner('ours'), /expected ours-plain or ours-relaxed/);
  assert.throws(() => parseRunner('ort-plain'), /runner 'ort-plain': expected ort$/);
  assert.throws(() => parseRunner('ort:0'), /runner 'ort:0': expected NAME/);
});

test('each variant is a module', () => {
  const files = ['ours-plain', 'ours-relaxed', 'ours-plain:2', 'ours-relaxed:2'].map(parseRunner).map(moduleFile);
  assert.equal(new Set(files).size, 4);
});

/** As numpy.save writes it. */
function npy(descr, shape, data) {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117) + '\n';
  const head = Uint8Array.of(0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0);
  return Buffer.concat([head, Buffer.from(header), new Uint8Array(data.buffer)]);
}

test('arrays as numpy saves them', () => {
  const matrix = readNpy(npy('<f4', '2, 3', Float32Array.of(1, 2, 3, 4, 5, 6)));
  assert.deepEqual(matrix, { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], dtype: 'float32' });
  assert.deepEqual(readNpy(npy('<i8', '1,', BigInt64Array.of(-7n))).data, BigInt64Array.of(-7n));
  assert.deepEqual(readNpy(npy('<f4', '', Float32Array.of(1))).shape, []);
  assert.throws(() => readNpy(npy('<c8', '1,', Float32Array.of(1, 2))), /no such arrays/);
  assert.throws(() => readNpy(Buffer.from('PK')), /not a \.npy file/);
});

test('an answer is as far off as its worst value, beside the largest expected', () => {
  assert.equal(distance([1, 2], [1, 2]), 0);
  assert.equal(distance([1, 3], [1, 4]), 0.25);
  assert.equal(distance([Number.NaN, 4], [1, 4]), Infinity);
  assert.equal(distance([1n], [2n]), 0.5);
  assert.throws(() => distance([1], [1, 2]), /1 values, expected 2/);
});
