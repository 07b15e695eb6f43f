// What goes wrong at a page: odd files (case 67 of the bad inputs), a module or model that does not come (68), no SIMD
// (69).
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, mkdtempSync, openSync, ftruncateSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, picture, serve } from './browser.mjs';
import { drop as dropOn } from './drop.mjs';

const folder = mkdtempSync(join(tmpdir(), 'ms-web-plat-'));
const file = (name, content) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
  mkdirSync(join(folder, 'a folder'));
  const huge = openSync(join(folder, 'huge.json'), 'w');
  ftruncateSync(huge, 3 * 2 ** 30); // sparse: takes no room
  closeSync(huge);
});
after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true });
});

const drop = (tab, paths, target = '#json-drop') => dropOn(tab, paths, target);

async function problemOf(tab, id) {
  await tab.locator(`#${id}:not([hidden])`).waitFor();
  return tab.locator(`#${id}`).textContent();
}

test('a JSON file dropped on the text replaces it', async () => {
  const { tab, complaints, close } = await open(browser, server.url);
  await tab.locator('#operator:enabled').waitFor();
  await drop(tab, [file('three.json', '[{"input-data": [3], "dim-size": 1, "shape": [1]}]')]);
  await tab.locator('#json-name', { hasText: 'three.json' }).waitFor();
  assert.match(await tab.locator('#json').inputValue(), /\[3\]/);
  assert.equal(await tab.locator('.drop.over').count(), 0);
  assert.deepEqual(complaints, []);
  await close();
});

test('a file dropped on the other tab opens the one that it is for', async () => {
  const { tab, complaints, close } = await open(browser, `${server.url}#digits`);
  await tab.locator('#operator:enabled').waitFor({ state: 'attached' });
  await drop(tab, [file('three.json', '[{"input-data": [3], "dim-size": 1, "shape": [1]}]')], '#pad');
  await tab.locator('#json-name', { hasText: 'three.json' }).waitFor();
  assert.ok(await tab.locator('#panel-digits').isHidden());
  assert.deepEqual(complaints, []);
  await close();
});

test('a file dropped while there is no module does not make the browser leave the page', async () => {
  const { tab, close } = await open(browser, server.url, {
    prepare: (page) => page.route('**/*.wasm', (route) => route.abort()),
  });
  await problemOf(tab, 'load-problem');
  await drop(tab, [file('a.json', '[]')]);
  await tab.waitForTimeout(200);
  assert.equal(tab.url(), server.url);
  await tab.unroute('**/*.wasm');
  await tab.getByRole('button', { name: 'Try again' }).click();
  await tab.locator('#operator:enabled').waitFor();
  assert.ok(await tab.locator('#load-problem').isHidden());
  await close();
});

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const files = [
  ['a folder', () => [join(folder, 'a folder')], /^a folder: a folder, expected a JSON file$/],
  ['an empty file', () => [file('empty.json', '')], /^empty\.json: empty, expected a JSON list of tensors$/],
  ['3 GB', () => [join(folder, 'huge.json')], /^huge\.json: 3\.0 GB, this page reads JSON files of up to 64\.0 MB/],
  [
    'a picture',
    () => [file('cat.png', png)],
    /^cat\.png: not UTF-8 text but image\/png, expected a JSON list of tensors$/,
  ],
  ['a picture called JSON', () => [file('cat.json', png)], /^cat\.json: not UTF-8 text/],
  ['two files', () => [file('a.json', '[]'), file('b.json', '[]')], /^2 files were dropped, expected one JSON file$/],
];
for (const [what, paths, pattern] of files) {
  test(`dropped: ${what}`, async () => {
    const { tab, complaints, close } = await open(browser, server.url);
    await tab.locator('#operator:enabled').waitFor();
    const before = await tab.locator('#json').inputValue();
    await drop(tab, paths());
    assert.match(await problemOf(tab, 'operator-problem'), pattern);
    assert.equal(await tab.locator('#json').inputValue(), before, 'the text stays as it was');
    await tab.getByRole('button', { name: 'OK' }).click();
    await tab.locator('#output-box:not([hidden])').waitFor();
    assert.ok(await tab.locator('#operator-problem').isHidden(), 'the page goes on working');
    assert.deepEqual(complaints, []);
    await close();
  });
}

const texts = [
  ['a model', 'x.mindir', '\x0a\x051.1.0', /^x\.mindir: line 1 column 1|^x\.mindir: line 2 column 1/],
  ['a page', 'page.json', '<!doctype html>', /^page\.json: line 1 column 1: '<', expected a value$/],
  [
    'a number out of range',
    'big.json',
    '[{"input-data": [1e39], "dim-size": 1, "shape": [1]}]',
    /^big\.json: input 0: value 0: value 1e\+39 does not fit FP32$/,
  ],
  ['brackets without end', 'deep.json', '['.repeat(1e5), /^deep\.json: line 1 column 65: nesting deeper than 64$/],
];
for (const [what, name, content, pattern] of texts) {
  test(`chosen and run: ${what}`, async () => {
    const { tab, complaints, close } = await open(browser, server.url);
    await tab.locator('#operator:enabled').waitFor();
    await tab.locator('#json-file').setInputFiles(file(name, content));
    await tab.locator('#json-name', { hasText: name }).waitFor();
    await tab.getByRole('button', { name: 'OK' }).click();
    assert.match(await problemOf(tab, 'operator-problem'), pattern);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('a JSON text of megabytes runs without being shown', async () => {
  const { tab, complaints, close } = await open(browser, server.url);
  await tab.locator('#operator:enabled').waitFor();
  const n = 500_000;
  const ones = { 'input-data': Array(n).fill(1), 'dim-size': 1, shape: [n] };
  await tab.locator('#json-file').setInputFiles(file('long.json', JSON.stringify([ones, ones])));
  await tab.locator('#json-name', { hasText: 'long.json' }).waitFor();
  await tab.getByLabel('Operator', { exact: true }).selectOption('EqualCount');
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output', { hasText: String(n) }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

const html = { status: 404, contentType: 'text/html', body: '<!doctype html><h1>Not Found</h1>' };
const answers = [
  ['a 404 page', (route) => route.fulfill(html), /: HTTP 404 Not Found, expected a/],
  [
    'HTML with status 200',
    (route) => route.fulfill({ ...html, status: 200 }),
    /: HTTP 200, but an HTML page \(text\/html\), expected a/,
  ],
  [
    'no answer',
    (route) => route.abort('internetdisconnected'),
    /: no answer \(offline, or blocked by the page's security policy or the server's\)/,
  ],
];
const wanted = [
  ['module', '**/*.wasm', '', 'load-problem', /^http:\/\/localhost:\d+\/\S+\.wasm: /],
  ['model', '**/*.mindir', '#digits', 'digits-problem', /^http:\/\/localhost:\d+\/\S+\.mindir: /],
];
for (const [thing, pattern, hash, id, url] of wanted) {
  for (const [what, answer, message] of answers) {
    test(`the ${thing} comes as ${what}`, async () => {
      const { tab, complaints, close } = await open(browser, server.url + hash, {
        prepare: (page) => page.route(pattern, answer),
      });
      const problem = await problemOf(tab, id);
      assert.match(problem, url);
      assert.match(problem, message);
      assert.deepEqual(complaints, []);
      await picture(tab, `problem-${thing}-${what.replaceAll(' ', '-')}`);
      await close();
    });
  }
}

test('a module with a wrong MIME type runs all the same', async () => {
  const prepare = (page) =>
    page.route('**/*.wasm', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'content-type': 'application/octet-stream' } });
    });
  const { tab, complaints, close } = await open(browser, server.url, { prepare });
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output-box:not([hidden])').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('a model that is nonsense is named by the module, with its URL', async () => {
  const prepare = (page) =>
    page.route('**/*.mindir', (route) => route.fulfill({ body: 'nonsense', contentType: 'application/octet-stream' }));
  const { tab, complaints, close } = await open(browser, `${server.url}#digits`, { prepare });
  assert.match(await problemOf(tab, 'digits-problem'), /\.mindir: .*MindIR/);
  assert.deepEqual(complaints, []);
  await close();
});

test('a security policy that forbids WebAssembly is named', async () => {
  const prepare = (page) =>
    page.route(/\/$/, async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace(/ 'wasm-unsafe-eval'/, '');
      await route.fulfill({
        response,
        body,
        headers: { ...response.headers(), 'content-security-policy': "default-src 'self'; script-src 'self'" },
      });
    });
  const { tab, close } = await open(browser, server.url, { prepare });
  assert.match(
    await problemOf(tab, 'load-problem'),
    /\.wasm: the page's security policy forbids WebAssembly \(script-src needs 'wasm-unsafe-eval'\)/,
  );
  await close();
});

test('a processor without SIMD: the page says so, and which browsers have it', async () => {
  const old = await launch(['--js-flags=--no-enable-sse4-1']); // V8 does WebAssembly SIMD only with SSE 4.1
  try {
    const { tab, complaints } = await open(old, server.url);
    assert.match(
      await problemOf(tab, 'load-problem'),
      /has no WebAssembly SIMD.*Chrome and Edge since 91, Firefox since 89, Safari since 16\.4/,
    );
    assert.ok(await tab.getByRole('button', { name: 'OK' }).isDisabled());
    await tab.getByRole('tab', { name: 'Digits' }).click();
    assert.match(await problemOf(tab, 'digits-problem'), /has no WebAssembly SIMD/);
    await tab.getByRole('tab', { name: 'Image' }).click();
    assert.match(await problemOf(tab, 'image-problem'), /has no WebAssembly SIMD/);
    assert.deepEqual(complaints, []);
    await picture(tab, 'problem-no-simd');
  } finally {
    await old.close();
  }
});

test('a relaxed module that is missing costs speed, and the page says so', async () => {
  const { tab, complaints, close } = await open(browser, server.url, {
    prepare: (page) => page.route('**/*-relaxed-*.wasm', (route) => route.fulfill({ status: 404 })),
  });
  await tab
    .locator('#facts', { hasText: /the plain build \(the relaxed module did not come: \S+: HTTP 404/ })
    .waitFor();
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output-box:not([hidden])').waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test("the page's own thread is one, and it says so", async () => {
  const { tab, close } = await open(browser, server.url);
  assert.equal(await tab.evaluate(() => crossOriginIsolated), true);
  await tab.locator('#facts', { hasText: 'one thread' }).waitFor();
  await close();
});
