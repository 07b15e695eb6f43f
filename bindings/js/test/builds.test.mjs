// Which of the package's modules runs: by what the engine has, by what the caller asks for, and by what is there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import wabt from 'wabt';
import { Model, Operators } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy } from './toy.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const RELAXED = new URL('../dist/ms_backend_wasm-relaxed.wasm', import.meta.url);
const NO_RELAXED = 'this browser or Node has no relaxed SIMD';

const text = '(module (func (param v128) (result v128) local.get 0 local.get 0 local.get 0 f32x4.relaxed_madd))';
const relaxedProbe = (await wabt()).parseWat('probe.wat', text, { relaxed_simd: true }).toBinary({}).buffer;
const here = WebAssembly.validate(relaxedProbe);

/** x0 w0 + x1 w1 where the second product takes the first away: 0 unless a product is added unrounded. */
const cancelling = [
  { data: Float32Array.of(1 + 2 ** -12, -1 - 2 ** -12), shape: [1, 2] },
  { data: Float32Array.of(1 + 2 ** -12, 1 + 2 ** -12), shape: [2, 1] },
];

/** What the package at `dist` chooses in a Node with relaxed SIMD, which before 21 is behind a flag. */
function chooses(dist, options = {}) {
  const script = `
    const { Operators } = await import(${JSON.stringify(pathToFileURL(join(dist, 'index.js')).href)});
    const operators = await Operators.load(${JSON.stringify(options)});
    const [z] = await operators.run('MatMul', ${JSON.stringify(cancelling)}.map(({ data, shape }) =>
      ({ shape, data: Float32Array.from(Object.values(data)) })));
    console.log(JSON.stringify({ ...operators.build, z: z.data[0] }));`;
  const flags = here ? [] : ['--experimental-wasm-relaxed-simd'];
  const child = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout);
}

test('an engine with relaxed SIMD gets the relaxed module, and without it the plain one with a note', async () => {
  assert.equal(chooses(DIST).name, 'relaxed');
  const { build } = await Operators.load();
  assert.deepEqual(build, here ? { name: 'relaxed', notes: [] } : { name: 'plain', notes: [NO_RELAXED] });
});

test('exact is the plain module everywhere, and rounds every product', async () => {
  assert.deepEqual(chooses(DIST, { exact: true }), { name: 'plain', notes: [], z: 0 });
  assert.deepEqual((await Operators.load({ exact: true })).build, { name: 'plain', notes: [] });
});

test('what the relaxed module leaves to the engine is at most the rounding of a product', () => {
  const unrounded = -(2 ** -24);
  assert.ok([0, unrounded].includes(chooses(DIST).z));
});

test('where the relaxed module is missing, the plain one runs, and a note says why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'msw-'));
  try {
    const without = (path) => !path.endsWith('-relaxed.wasm');
    cpSync(DIST, folder, { recursive: true, filter: without });
    const { name, notes } = chooses(folder);
    assert.equal(name, 'plain');
    assert.match(notes.join(), /^the relaxed module did not come: file:\S+-relaxed\.wasm: ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the caller's own module is just that, and cannot be exact on top", async () => {
  const module = toy();
  const model = await Model.load(new TextEncoder().encode('T'), { module });
  assert.deepEqual(model.build, { name: 'given', notes: [] });
  await rejects(Operators.load({ module, exact: true }), 'usage', /^exact: chooses .* module: gives another$/);
});

test('a relaxed module in an engine without relaxed SIMD is refused by its name', { skip: here }, () =>
  rejects(Operators.load({ module: RELAXED }), 'unsupported', /-relaxed\.wasm: needs relaxed SIMD.*the plain module/),
);
