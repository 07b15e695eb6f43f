// The page as a whole: from another host name, in both colour schemes, on a phone, by keyboard, and with nothing from
// elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open, OTHER_HOST, picture, serve } from './browser.mjs';

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([serve(), launch()]);
});
after(async () => {
  await browser?.close();
  server?.stop();
});

test('it works from another host name, without what browsers keep for secure origins', async () => {
  const { tab, complaints, close } = await open(browser, `http://${OTHER_HOST}:${server.port}/`);
  await tab.getByRole('button', { name: 'OK' }).click();
  await tab.locator('#output-box:not([hidden])').waitFor();
  assert.equal(await tab.evaluate(() => isSecureContext), false);
  assert.ok(await tab.getByRole('button', { name: 'Copy' }).isHidden(), 'no clipboard, no button');
  await tab.getByRole('tab', { name: 'Digits' }).click();
  await tab.locator('#verdict', { hasText: 'It reads 0' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('everything comes from its own origin, under a policy that allows no other', async () => {
  const asked = [];
  const { tab, complaints, close } = await open(browser, server.url, {
    prepare: (page) => page.on('request', (request) => asked.push(request.url())),
  });
  await tab.getByRole('tab', { name: 'Digits' }).click();
  await tab.locator('#verdict', { hasText: 'It reads 0' }).waitFor();
  assert.ok(asked.length > 10);
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(server.url)),
    [],
  );
  const policy = await tab.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  assert.match(policy, /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'/);
  assert.equal((await fetch(server.url)).headers.get('content-security-policy')?.startsWith(policy), true);
  assert.equal((await fetch(`${server.url}nowhere.wasm`)).status, 404);
  assert.deepEqual(complaints, []);
  await close();
});

test('a browser with relaxed SIMD gets the relaxed module, and that alone', async () => {
  const modules = [];
  const { tab, close } = await open(browser, server.url, {
    prepare: (page) =>
      page.on('request', (request) => /\.wasm$/.test(request.url()) && modules.push(new URL(request.url()).pathname)),
  });
  await tab.locator('#facts', { hasText: 'the relaxed build and' }).waitFor();
  assert.equal(modules.length, 1);
  assert.match(modules[0], /-relaxed-[\w-]{8}\.wasm$/); // the hash is of eight letters, base64url
  await close();
});

test('by keyboard alone: tabs, operator, data type, OK, scans', async () => {
  const { tab, complaints, close } = await open(browser, server.url);
  await tab.locator('#operator:enabled').waitFor();
  const focused = () =>
    tab.evaluate(
      () =>
        document.activeElement?.id || document.activeElement?.className || document.activeElement?.getAttribute('name'),
    );
  await tab.keyboard.press('Tab');
  assert.equal(await focused(), 'tab-operators');
  await tab.keyboard.press('Tab');
  assert.equal(await focused(), 'operator');
  await tab.keyboard.type('Mul');
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('ArrowRight');
  await tab.keyboard.press('Tab');
  assert.equal(await focused(), 'json');
  await tab.keyboard.press('Control+Enter');
  await tab.locator('#output-note', { hasText: 'Mul of INT32' }).waitFor();
  assert.deepEqual(JSON.parse(await tab.locator('#output').textContent()), {
    'input-data': { INT32Array: [3, 8, 15, 24] },
    shape: [2, 2],
    'dim-size': 2,
  });

  await tab.locator('#tab-operators').focus();
  await tab.keyboard.press('ArrowRight');
  assert.equal(await focused(), 'tab-digits');
  await tab.locator('#verdict', { hasText: 'It reads 0' }).waitFor();
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Enter');
  await tab.locator('#verdict', { hasText: 'It reads 1' }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('#digits in the address opens the digits, and going back the operators', async () => {
  const { tab, close } = await open(browser, `${server.url}#digits`);
  assert.ok(await tab.locator('#panel-digits').isVisible());
  assert.ok(await tab.locator('#panel-operators').isHidden());
  await tab.evaluate(() => (location.hash = '#operators'));
  await tab.locator('#panel-operators').waitFor();
  await close();
});

/** Relative luminance, as WCAG defines contrast. */
const luminance = ([r, g, b]) => {
  const [lr, lg, lb] = [r, g, b].map((v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * lr + 0.7152 * lg + 0.0722 * lb;
};
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

const looks = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 375, height: 800 } }],
  ['phone-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }],
];
for (const [name, options] of looks) {
  test(`it looks right: ${name}`, async () => {
    const { tab, complaints, close } = await open(browser, server.url, options);
    await tab.getByLabel('Operator', { exact: true }).selectOption('Argmax');
    await tab.getByRole('button', { name: 'OK' }).click();
    await tab.locator('#output-box:not([hidden])').waitFor();
    await picture(tab, `operators-${name}`);
    await tab.locator('#json').fill('[{"input-data": [1, 2], "dim-size": 1, "shape": [3]}]');
    await tab.getByRole('button', { name: 'OK' }).click();
    await tab.locator('#operator-problem:not([hidden])').waitFor();
    await picture(tab, `operators-problem-${name}`);
    await tab.getByRole('tab', { name: 'Digits' }).click();
    await tab.getByRole('button', { name: 'Scan of a 3' }).click();
    await tab.locator('#verdict', { hasText: 'It reads 3' }).waitFor();
    await tab.waitForTimeout(300); // the bars' own movement
    await picture(tab, `digits-${name}`);

    const tooWide = await tab.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(tooWide, 0, 'nothing sticks out to the side');
    const colours = await tab.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      return Object.fromEntries(
        ['paper', 'card', 'well', 'ink', 'muted', 'accent', 'accent-ink', 'bad', 'bad-soft'].map((key) => {
          const hex = style
            .getPropertyValue(`--${key}`)
            .trim()
            .replace(/^#(.)(.)(.)$/, '#$1$1$2$2$3$3');
          return [key, [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))];
        }),
      );
    });
    const pairs = [
      ['ink', 'paper'],
      ['ink', 'card'],
      ['muted', 'paper'],
      ['muted', 'card'],
      ['muted', 'well'],
      ['accent', 'card'],
      ['accent-ink', 'accent'],
      ['bad', 'bad-soft'],
    ];
    for (const [text, ground] of pairs)
      assert.ok(
        contrast(colours[text], colours[ground]) >= 4.5,
        `${text} on ${ground}: ${contrast(colours[text], colours[ground])}`,
      );
    assert.deepEqual(complaints, []);
    await close();
  });
}
