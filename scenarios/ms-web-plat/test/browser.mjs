// A real Chromium at the built page, as a person has it: `npm run serve` on a free port, and a fresh profile for each
// test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = fileURLToPath(new URL('..', import.meta.url));
const pictures = fileURLToPath(new URL('../screenshots/', import.meta.url));

/** Every name that is not this machine's leads here, as a name in somebody's network would. */
export const OTHER_HOST = 'digits.example';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** `npm run serve`, of another folder than dist where one is given; stop() ends it with all its children. */
export async function serve(folder = 'dist') {
  const port = await freePort();
  const child = spawn('npm', ['run', '--silent', 'serve', '--', '--port', String(port), '--outDir', folder], {
    cwd: page,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ready = new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => (said += data).includes('Network') && resolve());
    child.stderr.on('data', (data) => (said += data));
    child.on('exit', (code) => reject(new Error(`npm run serve ended with ${code}: ${said}`)));
  });
  const stop = () => {
    try {
      process.kill(-child.pid);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // it has ended by itself, or was stopped before
    }
  };
  process.on('exit', () => child.exitCode === null && stop());
  await ready;
  return { port, url: `http://localhost:${port}/`, stop };
}

function executable() {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  );
  if (!found) throw new Error('no Chromium found: apt-get install chromium, or set CHROMIUM to its path');
  return found;
}

export function launch(args = []) {
  return chromium.launch({
    executablePath: executable(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${OTHER_HOST} 127.0.0.1`,
      ...args,
    ],
  });
}

/** A fresh page. complaints: what the console or an exception said against it, apart from requests that failed. */
export async function open(browser, url, { prepare, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const tab = await context.newPage();
  tab.setDefaultTimeout(10_000);
  const complaints = [];
  tab.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !/^Failed to load resource/.test(message.text()))
      complaints.push(message.text());
  });
  await prepare?.(tab, context);
  await tab.goto(url);
  return { tab, complaints, close: () => context.close() };
}

/** For a person to look at; git ignores the folder. */
export async function picture(tab, name) {
  mkdirSync(pictures, { recursive: true });
  await tab.screenshot({ path: `${pictures}${name}.png`, fullPage: true });
}
