// A compiled model through jco, in Node: its typed function, its labels, and what it says of a wrong call.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const frontend = join(root, 'build/bin/wasm-frontend');
const digits = join(root, 'test/models/digits.mindir');
const names = join(root, 'test/models/digits_labels.txt');
const folder = mkdtempSync(join(root, 'build/typed-'));
after(() => rmSync(folder, { recursive: true }));

const compiled = join(folder, 'digits.wasm');
execFileSync(frontend, ['compile', digits, '-o', compiled, '--component', '--name', 'acme:digits', '--labels', names]);
const { files } = await transpile(readFileSync(compiled), { name: 'digits', instantiation: { tag: 'async' } });
for (const [name, bytes] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}
const { instantiate } = await import(pathToFileURL(join(folder, 'digits.js')));
const instance = async () => {
  const made = await instantiate((path) => WebAssembly.compile(readFileSync(join(folder, path))), {});
  return made['acme:digits/model'] ?? made.model;
};

const scan = () => ({ shape: [1, 1, 8, 8], data: Float32Array.from({ length: 64 }, (_, i) => (i * 7) % 17) });

// The command line's answer to the same scan: a .npy is a header of so many bytes, then the elements.
function byCommandLine({ data }) {
  const shape = '(1, 1, 8, 8)';
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + '\n';
  const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text}`, 'latin1');
  writeFileSync(join(folder, 'x.npy'), Buffer.concat([header, Buffer.from(data.buffer)]));
  const out = join(folder, 'out');
  execFileSync(frontend, ['run', digits, '-I', `x=${join(folder, 'x.npy')}`, '--output', out]);
  const written = readFileSync(join(out, '1_Default_Add-op0.npy'));
  const elements = written.subarray(10 + written.readUInt16LE(8));
  return new Float32Array(elements.buffer.slice(elements.byteOffset, elements.byteOffset + elements.length));
}

test('the answer has the bits of the command line', async () => {
  const outputs = (await instance()).run(scan());
  assert.deepEqual(Float32Array.from(outputs.defaultAddOp0.data), byCommandLine(scan()));
  assert.deepEqual([...outputs.defaultAddOp0.shape], [1, 10]);
});

test('labels are those of the file', async () => {
  assert.deepEqual((await instance()).labels(), readFileSync(names, 'utf8').trimEnd().split('\n'));
});

test('a wrong call is explained, and the next one is good', async () => {
  const model = await instance();
  for (const [bad, text] of [
    [{ ...scan(), data: new Float32Array(63) }, /^input 'x': shape \[1,1,8,8\] needs 64 values, got 63$/],
    [{ shape: [2, 1, 8, 8], data: new Float32Array(128) }, /^input 'x': shape \[2,1,8,8\], expected \[1,1,8,8\]$/],
  ])
    assert.throws(
      () => model.run(bad),
      ({ payload }) => payload.code === 'invalid' && payload.node === undefined && text.test(payload.text),
    );
  assert.deepEqual(Float32Array.from(model.run(scan()).defaultAddOp0.data), byCommandLine(scan()));
});
