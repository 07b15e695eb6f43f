// The Digits tab as a person uses it: scans clicked, digits drawn with the mouse, the answer read off the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, picture, serve } from './browser.mjs';
import { draw, DRAWN } from './pen.mjs';

let server;
let browser;
let tab;
let complaints;

before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
  ({ tab, complaints } = await open(browser, server.url));
  await tab.getByRole('tab', { name: 'Digits' }).click();
});
after(async () => {
  await browser?.close();
  server?.stop();
});

const verdict = () => tab.locator('#verdict').textContent();

/** The percentages of the ten bars, as shown. */
async function percents() {
  const texts = await tab.locator('#bars .percent').allTextContents();
  return texts.map((text) => Number(text.replace(/[<>%\s]/g, '')));
}

for (let digit = 0; digit < 10; digit++) {
  test(`the scan of a ${digit} is read as ${digit}`, async () => {
    await tab.getByRole('button', { name: `Scan of a ${digit}` }).click();
    await tab.locator('#verdict', { hasText: `It reads ${digit}` }).waitFor();
    const shown = await percents();
    assert.equal(shown.length, 10);
    assert.ok(Math.abs(shown.reduce((a, b) => a + b, 0) - 100) < 1.5, shown.join(' '));
    assert.equal(shown.indexOf(Math.max(...shown)), digit);
    const widths = await tab
      .locator('#bars .bar')
      .evaluateAll((bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--share'))));
    assert.equal(widths.indexOf(Math.max(...widths)), digit);
    assert.match(await tab.locator('#digits-time').textContent(), /^The model took .* ms, on one thread\.$/);
    assert.deepEqual(complaints, []);
  });
}

for (const [index, [name, digit, strokes]] of DRAWN.entries()) {
  test(`drawn with the mouse: ${name}`, async () => {
    await tab.getByRole('button', { name: 'Clear' }).click();
    assert.equal(await verdict(), 'Nothing to read yet');
    await draw(tab, strokes);
    await tab.waitForTimeout(100);
    await picture(tab, `drawn-${index}-${digit}`);
    assert.equal(await verdict(), `It reads ${digit}`, (await percents()).join(' '));
    assert.deepEqual(complaints, []);
  });
}

test('a first stroke over a scan begins a drawing of its own', async () => {
  await tab.getByRole('button', { name: 'Scan of a 8' }).click();
  await tab.locator('#verdict', { hasText: 'It reads 8' }).waitFor();
  await draw(tab, DRAWN.find(([name]) => name === 'a 7')[2]);
  await tab.locator('#verdict', { hasText: 'It reads 7' }).waitFor();
  assert.equal(await tab.locator('.scan[aria-pressed=true]').count(), 0);
});

test('a drawn digit has the same size and place for the model wherever it was drawn', async () => {
  const seen = async (scale, dx, dy) => {
    await tab.getByRole('button', { name: 'Clear' }).click();
    await draw(
      tab,
      DRAWN.find(([name]) => name === 'a 7 with a bar, two strokes')[2].map((stroke) =>
        stroke.map(([x, y]) => [dx + scale * x, dy + scale * y]),
      ),
    );
    await tab.waitForTimeout(100);
    return percents();
  };
  const large = await seen(1, 0, 0);
  const small = await seen(0.5, 0.45, 0.05);
  large.forEach((percent, i) => assert.ok(Math.abs(percent - small[i]) < 15, `${large} and ${small}`));
});

test('a single dot, a scribble and a wide line are read without complaint', async () => {
  for (const strokes of [
    [
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
    ],
    [
      [
        [0.05, 0.05],
        [0.95, 0.95],
        [0.05, 0.95],
        [0.95, 0.05],
      ],
    ],
    [
      [
        [0.05, 0.5],
        [0.95, 0.5],
      ],
    ],
  ]) {
    await tab.getByRole('button', { name: 'Clear' }).click();
    await draw(tab, strokes);
    await tab.locator('#verdict', { hasText: /It reads \d/ }).waitFor();
  }
  assert.deepEqual(complaints, []);
});

test('a finger draws too, and the page does not scroll under it', async () => {
  const phone = await open(browser, `${server.url}#digits`, {
    viewport: { width: 375, height: 800 },
    hasTouch: true,
    isMobile: true,
  });
  await phone.tab.locator('#verdict', { hasText: 'It reads 0' }).waitFor();
  await phone.tab.locator('#pad').scrollIntoViewIfNeeded();
  const { x, y, width, height } = await phone.tab.locator('#pad').boundingBox();
  const scrolled = await phone.tab.evaluate(() => scrollY);
  const devtools = await phone.tab.context().newCDPSession(phone.tab);
  const touch = (type, points) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([px, py]) => ({ x: x + px * width, y: y + py * height })),
    });
  await touch('touchStart', [[0.25, 0.15]]);
  for (const [px, py] of [
    [0.5, 0.15],
    [0.75, 0.15],
    [0.65, 0.4],
    [0.55, 0.65],
    [0.45, 0.88],
  ])
    await touch('touchMove', [[px, py]]);
  await touch('touchEnd', []);
  await phone.tab.locator('#verdict', { hasText: 'It reads 7' }).waitFor();
  assert.equal(await phone.tab.evaluate(() => scrollY), scrolled);
  await picture(phone.tab, 'digits-finger');
  await phone.close();
});
