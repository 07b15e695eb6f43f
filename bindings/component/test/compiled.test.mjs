// A compiled module in the JavaScript package: the bits of the engine's exact build, run after run, and its errors.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Model } from '../../js/dist/index.js';

const root = new URL('../../../', import.meta.url);
const digits = new URL('test/models/digits.mindir', root);
let folder, compiled, engine;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  const file = join(folder, 'digits.wasm');
  const program = fileURLToPath(new URL('build/bin/wasm-frontend', root));
  execFileSync(program, ['compile', fileURLToPath(digits), '-o', file]);
  compiled = await Model.load(null, { module: pathToFileURL(file) });
  engine = await Model.load(digits, { exact: true });
});
after(() => {
  compiled?.dispose();
  engine?.dispose();
  rmSync(folder, { recursive: true });
});

const image = (seed) => Float32Array.from({ length: 64 }, (_, i) => ((i * seed) % 17) / 16);

test('it says of its inputs and outputs what the engine says of the model', () => {
  assert.deepEqual(compiled.inputs, engine.inputs);
  assert.deepEqual(compiled.outputs, engine.outputs);
});

for (const seed of [5, 37, 51])
  test(`image ${seed}: the same bits`, async () => {
    assert.deepEqual(await compiled.run({ x: image(seed) }), await engine.run({ x: image(seed) }));
  });

test('another shape is refused, and the next run answers', async () => {
  const twice = { data: new Float32Array(128), shape: [2, 1, 8, 8], dtype: 'float32' };
  await assert.rejects(compiled.run({ x: twice }), { status: 'invalid', message: /is float32\[1,1,8,8\], got/ });
  assert.deepEqual(await compiled.run({ x: image(3) }), await engine.run({ x: image(3) }));
});
