// The machine's Chromium without a window: a page with a renderer process of its own for each session.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { root } from '../places.mjs';
import { serve } from './server.mjs';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-renderer-backgrounding'];

/** Of a page to come, in ms: the machine may be busy, and a wrong "not there" costs more. */
const LONGEST = 120_000;

function executable() {
  const known = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = known.find((path) => path && existsSync(path));
  if (!found) throw new Error('no Chromium found: apt-get install chromium, or set CHROMIUM to its path');
  return found;
}

const PACKAGES = {
  ort: 'onnxruntime-web/dist/ort.wasm.min.mjs',
  tfjs: '@tensorflow/tfjs-core/dist/tf-core.min.js',
  tfjsWasm: '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.min.js',
  tfjsFiles: '@tensorflow/tfjs-backend-wasm/dist/',
};

/** Files as the page finds them. */
function placed(server, options) {
  const map = (paths, place) => Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, place(path)]));
  const { files, inputs, expected } = options;
  const packages = map(PACKAGES, (path) => `${server.url}/test/bench/node_modules/${path}`);
  const urls = (paths) => map(paths, server.place);
  return { ...options, packages, files: urls(files), inputs: urls(inputs), expected: urls(expected) };
}

async function openSession(browser, server, options) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(LONGEST);
  await page.goto(`${server.url}/test/bench/page.html`);
  await page.waitForFunction('window.ask');
  const call = async (name, ...args) => {
    const { value, error } = await page.evaluate((message) => window.ask(message), { call: name, args });
    if (error !== undefined) throw new Error(error);
    return value;
  };
  const close = () => context.close();
  try {
    return { opened: await call('open', placed(server, options)), call, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function start() {
  const server = await serve(root);
  const browser = await chromium.launch({ executablePath: executable(), args: [...FLAGS, ...QUIET] });
  const stop = async () => {
    await browser.close();
    server.stop();
  };
  return { version: browser.version(), open: (options) => openSession(browser, server, options), stop };
}
