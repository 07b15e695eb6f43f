// ms:backend through jco, in Node and in Chromium, over the cases that all hosts share, and its memory.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { chromium } from 'playwright-core';
import { runCase } from './backend/run_case.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cases = JSON.parse(readFileSync(new URL('backend/cases.json', import.meta.url)));
const read = (path) => new Uint8Array(readFileSync(join(root, path)));

const folder = mkdtempSync(join(root, 'build/jco-'));
after(() => rmSync(folder, { recursive: true }));

const { files } = await transpile(read('build/wasm/ms_backend_wasm.component.wasm'), {
  name: 'backend',
  instantiation: { tag: 'async' },
});
for (const [name, bytes] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}

describe('ms:backend in Node', async () => {
  const { instantiate } = await import(pathToFileURL(join(folder, 'backend.js')));
  const module = (path) => WebAssembly.compile(readFileSync(join(folder, path)));
  for (const each of cases) test(each.name, () => runCase(each, () => instantiate(module, {}), read));

  test('a thousand loads and drops need the memory of ten', async () => {
    const memories = [];
    const { models } = await instantiate(module, {}, async (core, imports) => {
      const instance = await WebAssembly.instantiate(core, imports);
      if (instance.exports.memory) memories.push(instance.exports.memory);
      return instance;
    });
    const bytes = read('test/models/digits.mindir');
    const x = { dtype: 'float32', shape: [1, 1, 8, 8], data: new Uint8Array(256) };
    const fails = ({ payload }) => payload.code === 'invalid';
    const work = () => {
      const model = models.Model.load(bytes, []);
      model.run([{ name: 'x', value: x }]);
      assert.throws(() => model.run([]), fails);
      assert.throws(() => models.Model.load(bytes.subarray(0, 9000), []), fails);
      model.profile([{ name: 'x', value: x }]);
      model[Symbol.dispose ?? Symbol.for('dispose')]();
    };
    const size = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    for (let i = 0; i < 10; i++) work();
    const enough = size();
    assert.ok(enough > bytes.length);
    for (let i = 0; i < 1000; i++) work();
    assert.equal(size(), enough);
  });
});

describe('ms:backend in Chromium', () => {
  const types = { '.mjs': 'text/javascript', '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const places = { '/jco/': folder, '/test/': fileURLToPath(new URL('.', import.meta.url)), '/root/': root };
  let server, browser, page;

  before(async () => {
    server = createServer((request, response) => {
      const place = Object.keys(places).find((prefix) => request.url.startsWith(prefix));
      const file = place && join(places[place], request.url.slice(place.length));
      response.setHeader('content-type', types[extname(request.url)] ?? 'text/html');
      response.end(file && existsSync(file) ? readFileSync(file) : '<!doctype html>');
    }).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', ...quiet],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  for (const [number, each] of cases.entries())
    test(each.name, async () => {
      const complaint = await page.evaluate(async (at) => {
        const [{ instantiate }, { runCase }] = await Promise.all([
          import('/jco/backend.js'),
          import('/test/backend/run_case.mjs'),
        ]);
        const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
        const list = await (await fetch('/test/backend/cases.json')).json();
        const module = (path) => WebAssembly.compileStreaming(fetch(`/jco/${path}`));
        try {
          await runCase(
            list[at],
            () => instantiate(module, {}),
            (path) => bytes(`/root/${path}`),
          );
        } catch (error) {
          return `${error.message}`;
        }
      }, number);
      assert.equal(complaint, undefined);
    });
});
