// The Image tab as a person uses it, with the real model: `npm run models` (or `make test`) makes it. Nothing here is
// skipped where it is missing.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { drop } from './drop.mjs';
import { launch, open, OTHER_HOST, picture, serve } from './browser.mjs';

const models = new URL('../dist/models/', import.meta.url);
const cat = readFileSync(new URL('chelsea.png', needModel()));

// What onnxruntime answers with the weights as PyTorch saved them, for chelsea.png by docs/IMAGES.md in numpy:
// 0.38745 0.32887 0.16482 0.03308 0.00192 (`make demo` computes them anew).
const CAT = [
  ['Egyptian cat', '38.7 %'],
  ['tiger cat', '32.9 %'],
  ['tabby', '16.5 %'],
  ['lynx', '3.3 %'],
  ['plastic bag', '0.2 %'],
];

function needModel() {
  if (!existsSync(new URL('lite0.mindir', models)))
    throw new Error('dist/models/lite0.mindir is missing: npm run models makes it');
  return models;
}

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
});
after(async () => {
  await browser?.close();
  server?.stop();
  rmSync(folder, { recursive: true });
});

/** The tab, and its requests answered otherwise where `routes` say so. A worker's requests are the context's. */
async function openImage({ routes = [], until = 'seen', ...options } = {}) {
  const prepare = async (_, context) => {
    for (const [pattern, answer] of routes) await context.route(pattern, answer);
  };
  const opened = await open(browser, `${server.url}#image`, { prepare, ...options });
  if (until === 'seen') await seen(opened.tab, 'chelsea.png');
  return opened;
}

/** Wait for the answer to a picture. */
async function seen(tab, name) {
  await tab.locator('#picture-name', { hasText: name }).waitFor();
  await tab.locator('#image-bars:not(.old) li').first().waitFor();
}

const rows = (tab) =>
  tab
    .locator('#image-bars li')
    .evaluateAll((items) =>
      items.map((item) => ['.name', '.percent'].map((part) => item.querySelector(part).textContent)),
    );

async function problemOf(tab) {
  await tab.locator('#image-problem:not([hidden])').waitFor();
  return tab.locator('#image-problem').textContent();
}

/** A picture as this browser makes it: for formats that the test has no library for. */
async function drawn(tab, type, draw) {
  const url = await tab.evaluate(
    async ([kind, body]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 200 });
      await new Function('canvas', 'context', `return (async () => { ${body} })()`)(canvas, canvas.getContext('2d'));
      return canvas.toDataURL(kind, 0.95);
    },
    [type, draw],
  );
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

test('the sample is shown first, with the answers of the source model', async () => {
  const { tab, complaints, close } = await openImage();
  assert.equal(await tab.locator('#image-verdict').textContent(), 'Egyptian cat');
  assert.deepEqual(await rows(tab), CAT);
  const shares = await tab
    .locator('#image-bars .bar')
    .evaluateAll((bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--share'))));
  shares.forEach((share, i) => assert.ok(Math.abs(100 * share - parseFloat(CAT[i][1])) <= 0.05, String(shares)));
  assert.match(
    await tab.locator('#image-time').textContent(),
    /^The model took .* ms and the picture .* ms, on (one thread|\d+ threads) beside/,
  );
  assert.equal(
    await tab.locator('#picture-note').textContent(),
    'The model sees the square in the middle, as 224×224 points.',
  );
  assert.deepEqual(complaints, []);
  await close();
});

test('from another host name too, without what browsers keep for secure origins', async () => {
  const { tab, complaints, close } = await open(browser, `http://${OTHER_HOST}:${server.port}/#image`);
  await seen(tab, 'chelsea.png');
  assert.deepEqual(await tab.evaluate(() => [isSecureContext, crossOriginIsolated]), [false, false]);
  assert.deepEqual(await rows(tab), CAT);
  assert.match(await tab.locator('#image-time').textContent(), /, on one thread beside the page\.$/);
  assert.match(await tab.locator('#image-time').getAttribute('title'), /one thread: no shared memory, .*COOP and COEP/);
  assert.deepEqual(complaints, []);
  await close();
});

test('a server that has no script for threads costs threads and a note', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  cpSync(new URL('../dist', import.meta.url), folder, { recursive: true });
  for (const name of readdirSync(join(folder, 'assets')))
    if (name.startsWith('thread-')) rmSync(join(folder, 'assets', name));
  const lacking = await serve(folder);
  const { tab, complaints, close } = await open(browser, `${lacking.url}#image`);
  await seen(tab, 'chelsea.png');
  assert.deepEqual(await rows(tab), CAT);
  assert.match(await tab.locator('#image-time').textContent(), /, on one thread beside the page\.$/);
  if ((await tab.evaluate(() => navigator.hardwareConcurrency)) > 1)
    assert.match(await tab.locator('#image-time').getAttribute('title'), /^one thread from now on: .* did not start$/);
  assert.deepEqual(complaints, []);
  await close();
  lacking.stop();
  rmSync(folder, { recursive: true });
});

test('the model runs in a worker, and the page goes on meanwhile', async () => {
  const { tab, close } = await openImage();
  const workers = tab.workers().map((worker) => /([a-z_]+)-[^/]*\.js$/.exec(worker.url())?.[1]);
  const cores = await tab.evaluate(() => navigator.hardwareConcurrency);
  assert.deepEqual(workers, ['image_worker', ...Array.from({ length: cores - 1 }, () => 'thread')]);
  // A task of the page's own, over and over, from the click to the answer. On one thread with the model there would be
  // none between the two.
  const turns = await tab.evaluate(async () => {
    const bars = document.querySelector('#image-bars');
    let count = 0;
    let waited = false;
    document.querySelector('#sample').click();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve));
      const waiting = bars.classList.contains('old');
      waited ||= waiting;
      if (waiting) count++;
      else if (waited) return count;
    }
  });
  assert.ok(turns > 2, `${turns} turns`);
  assert.equal(tab.workers().length, cores);
  await close();
});

test('a chosen picture, a dropped one, and a JPEG of the same', async () => {
  const { tab, complaints, close } = await openImage();
  await tab.locator('#picture-file').setInputFiles(file('my cat.png', cat));
  await seen(tab, 'my cat.png');
  assert.deepEqual(await rows(tab), CAT);
  await drop(tab, [file('dropped.png', cat)], '#picture-drop');
  await seen(tab, 'dropped.png');
  assert.deepEqual(await rows(tab), CAT);
  assert.equal(await tab.locator('.drop.over').count(), 0);
  assert.ok(await tab.locator('#panel-image').isVisible(), 'a drop on this tab is for this tab');

  const jpeg = await drawn(
    tab,
    'image/jpeg',
    `const bitmap = await createImageBitmap(await (await fetch('models/chelsea.png')).blob());
     Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
     context.drawImage(bitmap, 0, 0);`,
  );
  await tab.locator('#picture-file').setInputFiles(file('cat.jpg', jpeg));
  await seen(tab, 'cat.jpg');
  assert.match((await rows(tab))[0][0], /cat$/);
  assert.deepEqual(complaints, []);
  await close();
});

test('of two pictures in a row the second is answered', async () => {
  const { tab, complaints, close } = await openImage();
  const grey = await drawn(tab, 'image/png', `context.fillStyle = '#777'; context.fillRect(0, 0, 300, 200);`);
  await tab.locator('#picture-file').setInputFiles(file('grey.png', grey));
  await tab.locator('#picture-file').setInputFiles(file('second.png', cat));
  await seen(tab, 'second.png');
  await tab.waitForTimeout(500);
  assert.deepEqual(await rows(tab), CAT);
  await tab.locator('#picture-file').setInputFiles(file('grey.png', grey));
  await seen(tab, 'grey.png');
  assert.match(await tab.locator('#image-verdict').textContent(), /^Not sure, perhaps /);
  assert.deepEqual(complaints, []);
  await close();
});

test('what is no picture is refused with its name, and the page goes on', async () => {
  const { tab, complaints, close } = await openImage();
  const glass = await drawn(tab, 'image/png', `context.fillStyle = '#f00'; context.fillRect(0, 0, 150, 200);`);
  const cases = [
    [() => [join(folder, 'a folder')], /^a folder: a folder, expected a PNG or a JPEG$/],
    [() => [file('empty.png', '')], /^empty\.png: empty, expected a PNG or a JPEG$/],
    [() => [file('a.json', '[]')], /^a\.json: not a picture that this browser can decode, expected a PNG or a JPEG$/],
    [() => [file('cut.png', cat.subarray(0, 40))], /^cut\.png: not a picture that this browser can decode/],
    [
      () => [file('half.png', cat.subarray(0, cat.length / 2))],
      /^half\.png: not a picture that this browser can decode/,
    ],
    [() => [file('glass.png', glass)], /^glass\.png: transparent at pixel 150, expected an opaque picture$/],
    [() => [file('1.png', cat), file('2.png', cat)], /^2 files were dropped, expected one PNG or a JPEG$/],
  ];
  for (const [paths, message] of cases) {
    await drop(tab, paths(), '#picture-drop');
    await tab.locator('#image-problem', { hasText: /./ }).waitFor();
    assert.match(await problemOf(tab), message);
    assert.deepEqual(await rows(tab), [], 'no answer stands beside a problem');
    await tab.getByRole('button', { name: 'Show the sample' }).click();
    await tab.locator('#image-bars:not(.old) li').first().waitFor();
    assert.ok(await tab.locator('#image-problem').isHidden());
  }
  assert.deepEqual(await rows(tab), CAT);
  assert.deepEqual(complaints, []);
  await close();
});

test('without the model the tab says how to make it', async () => {
  const routes = [['**/models/**', (route) => route.fulfill({ status: 404, body: 'no' })]];
  const { tab, complaints, close } = await openImage({ routes, until: 'missing' });
  await tab.locator('#image-missing:not([hidden])').waitFor();
  assert.match(await tab.locator('#image-missing').textContent(), /npm run models/);
  assert.ok(await tab.locator('#image-stage').isHidden());
  await picture(tab, 'image-missing');
  await tab.getByRole('tab', { name: 'Digits' }).click();
  await tab.locator('#verdict', { hasText: 'It reads 0' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

const answers = [
  ['a model that breaks off', '**/lite0.mindir', (route) => route.abort(), /lite0\.mindir: no answer/],
  [
    'a model that is nonsense',
    '**/lite0.mindir',
    (route) => route.fulfill({ body: 'nonsense' }),
    /lite0\.mindir: .*MindIR/,
  ],
  ['labels that break off', '**/lite0_labels.txt', (route) => route.abort(), /lite0_labels\.txt: no answer/],
  [
    'a start page for a rule',
    '**/lite0.mindir.json',
    (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
    /lite0\.mindir\.json: HTTP 200, but an HTML page, expected a JSON object/,
  ],
  [
    'a rule with an unknown key',
    '**/lite0.mindir.json',
    (route) => route.fulfill({ body: '{"resize": "2x2"}' }),
    /lite0\.mindir\.json: unknown key 'resize', expected rule, crop, size/,
  ],
  ['no module', '**/*.wasm', (route) => route.abort(), /\.wasm: no answer/],
];
for (const [what, pattern, answer, message] of answers) {
  test(`${what} is named, and the next picture tries again`, async () => {
    const routes = [[pattern, answer]];
    const { tab, complaints, close } = await openImage({ routes, until: 'problem' });
    assert.match(await problemOf(tab), message);
    await tab.context().unroute(pattern);
    await tab.locator('#picture-file').setInputFiles(file('again.png', cat));
    await seen(tab, 'again.png');
    assert.deepEqual(await rows(tab), CAT);
    assert.ok(await tab.locator('#image-problem').isHidden());
    assert.deepEqual(complaints, []);
    await close();
  });
}

const looks = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 375, height: 800 } }],
  ['phone-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }],
];
for (const [name, options] of looks) {
  test(`it looks right: ${name}`, async () => {
    const { tab, complaints, close } = await openImage(options);
    await tab.waitForTimeout(300); // the bars' own movement
    await picture(tab, `image-${name}`);
    const tall = await drawn(
      tab,
      'image/png',
      `Object.assign(canvas, { width: 150, height: 600 });
       context.fillStyle = '#36c'; context.fillRect(0, 0, 150, 600);`,
    );
    await tab.locator('#picture-file').setInputFiles(file('a tall and narrow picture with a long name.png', tall));
    await seen(tab, 'a tall and narrow picture');
    await picture(tab, `image-tall-${name}`);
    const tooWide = await tab.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(tooWide, 0, 'nothing sticks out to the side');
    assert.deepEqual(complaints, []);
    await close();
  });
}

test('by keyboard: to the tab, to the sample, and a picture', async () => {
  const { tab, complaints, close } = await open(browser, server.url);
  await tab.locator('#operator:enabled').waitFor();
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('End');
  await seen(tab, 'chelsea.png');
  await tab.keyboard.press('Tab');
  assert.equal(await tab.evaluate(() => document.activeElement?.id), 'picture-file');
  await tab.keyboard.press('Tab');
  assert.equal(await tab.evaluate(() => document.activeElement?.id), 'sample');
  await tab.keyboard.press('Enter');
  await seen(tab, 'chelsea.png');
  assert.deepEqual(complaints, []);
  await close();
});
