// The controls of 2020 as a person uses them: choose operator, data type and a JSON file, press OK, read the JSON.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, root, serve } from './browser.mjs';

const cli = join(root, 'build/bin/wasm-frontend');
const cases = JSON.parse(readFileSync(join(root, 'test/e2e/cases.json')));
const folder = mkdtempSync(join(tmpdir(), 'ms-web-plat-'));
let server;
let browser;
let tab;
let complaints;

before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
  ({ tab, complaints } = await open(browser, server.url));
});
after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true });
});

async function chooseFile(path) {
  const chooser = tab.waitForEvent('filechooser');
  await tab.getByText('Choose a JSON file').click();
  await (await chooser).setFiles(path);
  await tab.locator('#json-name', { hasText: path.split('/').pop() }).waitFor();
}

/** What the page answers, as text; its problem is a failure. */
async function answer({ operator, dtype, attrs }, path) {
  await tab.getByLabel('Operator', { exact: true }).selectOption(operator);
  await tab.getByText(dtype, { exact: true }).click();
  await chooseFile(path);
  for (const [name, value] of Object.entries(attrs)) await tab.locator(`#attr-${name}`).fill(String(value));
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output-note', { hasText: `${operator} of ${dtype}` }).waitFor();
  assert.equal(await tab.locator('#operator-problem').textContent(), '');
  return tab.locator('#output').textContent();
}

/** The command line's answer to the same; null where it was not built. `make test` builds it, so there it has to be. */
function commandLine({ operator, dtype, attrs }, path) {
  if (!existsSync(cli)) {
    assert.equal(process.env.MAKELEVEL, undefined, `${cli} is missing: make native`);
    return null;
  }
  const given = Object.entries(attrs).flatMap(([name, value]) => ['--attr', `${name}=${value}`]);
  const { status, stdout, stderr } = spawnSync(cli, ['-o', operator, '-d', dtype, '-i', path, ...given], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

const noMinusZero = (json) => JSON.parse(json, (_, value) => (value === 0 ? 0 : value));

for (const [index, each] of cases.entries()) {
  const { operator, dtype, inputs, attrs, expected } = each;
  test(`${operator} of ${dtype} ${JSON.stringify(attrs)} (case ${index})`, async (t) => {
    const path = join(folder, `case-${index}.json`);
    writeFileSync(path, JSON.stringify(inputs));
    const text = await answer(each, path);
    assert.deepEqual(noMinusZero(text), noMinusZero(JSON.stringify(expected)));
    const printed = commandLine(each, path);
    if (printed === null) t.diagnostic('not compared: the command line was not built');
    else assert.equal(`${text}\n`, printed);
    assert.deepEqual(complaints, []);
  });
}

test('the page begins with an example that OK runs, and Ctrl+Enter in the text does too', async () => {
  const fresh = await open(browser, server.url);
  await fresh.tab.getByRole('button', { name: 'OK' }).click();
  const first = await fresh.tab.locator('#output').textContent();
  assert.deepEqual(JSON.parse(first).shape, [2, 2]);
  await fresh.tab
    .locator('#json')
    .fill('[{"input-data": [5], "dim-size": 1, "shape": [1]}, {"input-data": [6], "dim-size": 1, "shape": [1]}]');
  await fresh.tab.locator('#json').press('Control+Enter');
  await fresh.tab.locator('#output', { hasText: '11.0' }).waitFor();
  await fresh.close();
});

test('operators and data types are the ones that the module lists', async () => {
  const names = await tab.locator('#operator option').allTextContents();
  for (const { operator } of cases) assert.ok(names.includes(operator), operator);
  assert.deepEqual(await tab.locator('#data-type label').allTextContents(), ['FP32', 'INT32', 'INT8']);
  await tab.getByLabel('Operator', { exact: true }).selectOption('Softmax');
  assert.equal(await tab.locator('#data-type input:disabled').count(), 2);
  // The native build makes the file with the lines of help; a page built without it has none.
  const help = existsSync(join(root, 'build/wasm/ms_backend_wasm.ops.json')) ? /along axis/ : /^$/;
  assert.match(await tab.locator('#operator-help').textContent(), help);
});

test('what the module refuses is shown in its words, and the last answer goes', async () => {
  const say = async (operator, json) => {
    await tab.getByLabel('Operator', { exact: true }).selectOption(operator);
    await tab.locator('#json').fill(json);
    await tab.getByRole('button', { name: 'OK' }).click();
    await tab.locator('#operator-problem:not([hidden])').waitFor();
    assert.ok(await tab.locator('#output-box').isHidden());
    return tab.locator('#operator-problem').textContent();
  };
  const pair = (a, b) =>
    JSON.stringify(
      [a, b].map((shape) => ({
        'input-data': Array(shape.reduce((x, y) => x * y, 1)).fill(1),
        'dim-size': shape.length,
        shape,
      })),
    );
  assert.match(await say('Add', pair([2, 3], [4])), /Add/);
  assert.match(await say('Argmax', pair([], [])), /Argmax/);
  assert.match(await say('Add', '[]'), /Add/);
  assert.match(await say('Add', '[{"input-data": [1, "2'), /^tensors: line 1 column 21: unterminated string$/);
  assert.deepEqual(complaints, []);
});
