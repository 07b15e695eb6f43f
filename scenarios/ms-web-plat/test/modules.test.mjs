// Other modules than the page's own: one of operators on the Operators tab, one that holds a model on the Image tab.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { holding, toy } from '../../../bindings/js/test/toy.mjs';
import { launch, open, picture, root, serve } from './browser.mjs';

const folder = mkdtempSync(join(tmpdir(), 'ms-web-plat-'));
const file = (name, content) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const LABELS = file('labels.csv', '1,"right, up"\n0,left up\n2,"left ""down"""\n3,right down\n');
const RULE = file('toy.wasm.json', '{"channels": 1, "scale": "1/255"}');
const MODULE = file('toy.wasm', holding());
const PARAMS = file('toy.params', 'T');
let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
});
after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true });
});

test("operators of another module take the place of the page's own", async () => {
  const { tab, complaints, close } = await open(browser, server.url);
  await tab.locator('#operator:enabled').waitFor();
  const before = await tab.locator('#operator option').count();
  await tab.locator('#module-file').setInputFiles(file('holds.wasm', toy({ kind: 3 })));
  await tab.locator('#operator-problem', { hasText: /^holds\.wasm: a module without operators/ }).waitFor();
  await tab.locator('#module-file').setInputFiles(file('text.wasm', 'hello'));
  await tab.locator('#operator-problem', { hasText: /^text\.wasm: .*not a WebAssembly module/ }).waitFor();
  assert.equal(await tab.locator('#operator option').count(), before);
  await tab.locator('#module-file').setInputFiles(file('few.wasm', toy({ kind: 2 })));
  await tab.locator('#module-name', { hasText: 'few.wasm' }).waitFor();
  assert.deepEqual(await tab.locator('#operator option').allTextContents(), ['Twice']);
  assert.match(await tab.locator('#facts').textContent(), /^Operators in few\.wasm: 1\. It uses one thread/);
  await tab.locator('#json').fill('[{"input-data": [1, 2, 3, 4], "dim-size": 1, "shape": [4]}]');
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output-note', { hasText: 'Twice of FP32' }).waitFor();
  const answer = JSON.parse(await tab.locator('#output').textContent());
  assert.deepEqual(answer['input-data'].FP32Array, [2, 4, 6, 8]);
  assert.ok(await tab.locator('#operator-problem').isHidden());
  await picture(tab, 'operators-other-module');
  assert.deepEqual(complaints, []);
  await close();
});

/** The Image tab where the page has no model of its own. */
async function openImage(options = {}) {
  const prepare = (_, context) => context.route('**/models/**', (route) => route.fulfill({ status: 404, body: 'no' }));
  const opened = await open(browser, `${server.url}#image`, { prepare, ...options });
  await opened.tab.locator('#image-missing:not([hidden])').waitFor();
  return opened;
}

/** Two by two points, the brightest at the upper right. */
const points = (tab) =>
  tab.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 2, height: 2 });
    const context = canvas.getContext('2d');
    [10, 200, 30, 90].forEach((grey, i) => {
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect(i % 2, i >> 1, 1, 1);
    });
    return canvas.toDataURL('image/png');
  });

const looks = [
  ['light', {}],
  ['phone-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }],
];
for (const [name, options] of looks) {
  test(`a module that holds a model, with its files: ${name}`, async () => {
    const { tab, complaints, close } = await openImage(options);
    await tab.locator('#model-files').setInputFiles([PARAMS, MODULE, RULE, LABELS]);
    await tab.locator('#model-name', { hasText: 'toy.wasm' }).waitFor();
    await tab.locator('#image-verdict', { hasText: 'Choose a picture' }).waitFor();
    const url = await points(tab);
    const png = file('points.png', Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
    await tab.locator('#picture-file').setInputFiles(png);
    await tab.locator('#image-bars:not(.old) li').first().waitFor();
    assert.equal(await tab.locator('#image-verdict').textContent(), 'right, up');
    const rows = await tab.locator('#image-bars li').allTextContents();
    const value = (grey) => Math.fround(2 * Math.fround(grey / 255)).toPrecision(4); // the toy doubles
    assert.deepEqual(rows, [
      `right, up${value(200)}`,
      `right down${value(90)}`,
      `left "down"${value(30)}`,
      `left up${value(10)}`,
    ]);
    await picture(tab, `image-other-module-${name}`);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, 'nothing sticks out to the side');
    // Another model sees the same picture.
    await tab.locator('#model-files').setInputFiles([MODULE, PARAMS, RULE]);
    await tab.locator('#image-verdict', { hasText: 'class 1' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('what is no number comes last and names no class', async () => {
  const { tab, complaints, close } = await openImage();
  const png = file('point.png', Buffer.from((await points(tab)).replace(/.*,/, ''), 'base64'));
  const answering = (...values) => {
    const stores = values.map((value, i) => `(f32.store (i32.const ${65600 + 4 * i}) (f32.const ${value}))`);
    return file(
      'none.wasm',
      toy({ kind: 3, replace: { msw_run: `(param i32) (result i32) ${stores.join(' ')} (i32.const 0)` } }),
    );
  };
  const rule = file('none.wasm.json', '{"channels": 1}');
  await tab.locator('#model-files').setInputFiles([answering(1, 'nan', 3, 2), rule]);
  await tab.locator('#image-verdict', { hasText: 'Choose a picture' }).waitFor();
  await tab.locator('#picture-file').setInputFiles(png);
  await tab.locator('#image-verdict', { hasText: /class|none/ }).waitFor();
  const names = await tab.locator('#image-bars .name').allTextContents();
  assert.deepEqual(names, ['class 2', 'class 3', 'class 0', 'class 1']);
  await tab.locator('#model-files').setInputFiles([answering('nan', 'nan', 'nan', 'nan'), rule]);
  await tab.locator('#image-verdict', { hasText: 'No class: all values are NaN' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

const cat = join(root, 'build/wasm/lite0.tvm.wasm');
const withoutCat = process.env.MAKELEVEL === undefined && !existsSync(cat) && 'make tvm makes the module';
test('a module that TVM generated names the cat', { skip: withoutCat }, async () => {
  const { tab, complaints, close } = await openImage();
  const demo = (name) => join(root, '.cache/tvm', name);
  const files = [cat, cat.replace('.wasm', '.params'), `${cat}.json`, demo('labels.csv')];
  await tab.locator('#model-files').setInputFiles(files);
  await tab.locator('#image-verdict', { hasText: 'Choose a picture' }).waitFor();
  await tab.locator('#picture-file').setInputFiles(demo('chelsea.png'));
  await tab.locator('#image-bars:not(.old) li').first().waitFor();
  assert.equal(await tab.locator('#image-verdict').textContent(), 'Egyptian cat');
  const percents = await tab.locator('#image-bars .percent').allTextContents();
  assert.deepEqual(percents.slice(0, 3), ['38.7 %', '32.9 %', '16.5 %']); // onnxruntime's, as in image.test.mjs
  assert.deepEqual(complaints, []);
  await close();
});

const wrong = [
  ['no weights', () => [MODULE], /^toy\.wasm: the model has its weights in 'toy\.params', which must come with it/],
  ['no module', () => [PARAMS], /^toy\.params: expected a module \(\.wasm\) and its files$/],
  ['two modules', () => [MODULE, file('b.wasm', holding())], /^toy\.wasm and b\.wasm, expected one module$/],
  ['wrong weights', () => [MODULE, file('toy.params', 'X')], /^toy\.wasm: .*msw_load_step failed without/],
  ['a module of operators', () => [file('ops.wasm', toy({ kind: 2 }))], /^ops\.wasm: a model is missing: .* operators/],
  [
    'a wrong rule',
    () => [MODULE, file('toy.params', 'T'), file('toy.wasm.json', '{"siz": "2x2"}')],
    /^toy\.wasm\.json: unknown key 'siz'/,
  ],
  [
    'labels twice',
    () => [MODULE, PARAMS, file('twice.csv', '0,a\n1,b\n0,c\n')],
    /^twice\.csv: line 3: id 0 again, expected id,"name"$/,
  ],
  ['a label missing', () => [MODULE, PARAMS, file('gap.csv', '0,a\n2,b\n')], /^gap\.csv: id 1 is in no line/],
  ['an open quote', () => [MODULE, PARAMS, file('open.csv', '0,a\n1,"b\n')], /^open\.csv: line 2: a quote without/],
];
for (const [what, files, message] of wrong) {
  test(`a wrong choice is named: ${what}`, async () => {
    const { tab, complaints, close } = await openImage();
    await tab.locator('#model-files').setInputFiles(files());
    await tab.locator('#image-problem:not([hidden])', { hasText: /./ }).waitFor();
    assert.match(await tab.locator('#image-problem').textContent(), message);
    assert.deepEqual(complaints, []);
    await close();
  });
}
