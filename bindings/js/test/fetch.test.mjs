// Loading over HTTP and from files: wrong answers are named with their URL and status, a wrong MIME type only costs the
// streaming.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Model, Operators } from '../dist/index.js';
import { rejects } from './rejects.mjs';
import { toy } from './toy.mjs';

const bytes = Buffer.from(toy());
const answers = {
  '/good.wasm': [200, 'application/wasm', bytes],
  '/octets.wasm': [200, 'application/octet-stream', bytes],
  '/text.wasm': [200, 'text/plain', bytes],
  '/html.wasm': [200, 'text/html; charset=utf-8', Buffer.from('<!doctype html><p>start page')],
  '/html-as-wasm.wasm': [200, 'application/wasm', Buffer.from('<!doctype html>')],
  '/good.model': [200, 'application/octet-stream', Buffer.from('T')],
  '/html.model': [200, 'text/html', Buffer.from('<!doctype html>')],
  '/bad.model': [200, 'application/octet-stream', Buffer.from('nonsense')],
};

let server;
let base;
before(async () => {
  server = createServer((request, response) => {
    if (request.url === '/cut.wasm') {
      response.writeHead(200, { 'content-type': 'application/wasm', 'content-length': 9999 });
      response.write(bytes.subarray(0, 40));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    const [status, type, body] = answers[request.url] ?? [404, 'text/html', Buffer.from('<h1>Not Found</h1>')];
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

for (const path of ['/good.wasm', '/octets.wasm', '/text.wasm']) {
  test(`a module as ${answers[path][1]}`, async () => {
    assert.equal((await Operators.load({ module: base + path })).list().length, 1);
  });
}

test('a model from a URL, a response and a promise of one', async () => {
  const module = bytes;
  for (const source of [
    `${base}/good.model`,
    new URL('/good.model', base),
    await fetch(`${base}/good.model`),
    fetch(`${base}/good.model`),
  ]) {
    assert.equal((await Model.load(source, { module })).inputs.length, 1);
  }
});

const refused = [
  ['/nowhere.wasm', 'fetch', (url) => `${url}: HTTP 404 Not Found, expected a WebAssembly module`],
  [
    '/html.wasm',
    'fetch',
    (url) => `${url}: HTTP 200, but an HTML page (text/html; charset=utf-8), expected a WebAssembly module`,
  ],
  ['/html-as-wasm.wasm', 'invalid', (url) => `${url}: not a WebAssembly module: expected magic word`],
  ['/cut.wasm', 'fetch', (url) => `${url}: broke off`],
];
for (const [path, status, message] of refused) {
  test(`a module refused: ${path}`, async () => {
    const expected = message(base + path);
    await rejects(
      Operators.load({ module: base + path }),
      status,
      new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
    );
  });
}

test('a model refused: 404, HTML, nonsense, each with its URL', async () => {
  const module = bytes;
  await rejects(Model.load(`${base}/nowhere`, { module }), 'fetch', /\/nowhere: HTTP 404 Not Found, expected a model$/);
  await rejects(
    Model.load(`${base}/html.model`, { module }),
    'fetch',
    /\/html\.model: HTTP 200, but an HTML page \(text\/html\), expected a model$/,
  );
  await rejects(Model.load(`${base}/bad.model`, { module }), 'invalid', /\/bad\.model: not a toy model$/);
});

test('a server that does not answer, a relative URL, a file that is not there', async () => {
  await rejects(
    Operators.load({ module: 'http://127.0.0.1:9/x.wasm' }),
    'fetch',
    /^http:\/\/127\.0\.0\.1:9\/x\.wasm: no answer \(offline, or blocked/,
  );
  await rejects(Operators.load({ module: 'x.wasm' }), 'usage', /'x\.wasm' is not an absolute URL/);
  await rejects(Operators.load({ module: new URL('missing.wasm', import.meta.url) }), 'fetch', /missing\.wasm: ENOENT/);
});

test('a failure is not remembered: the second try succeeds', async () => {
  const url = `${base}/later.wasm`;
  await rejects(Operators.load({ module: url }), 'fetch', /404/);
  answers['/later.wasm'] = answers['/good.wasm'];
  assert.equal((await Operators.load({ module: url })).list().length, 1);
});

test('where no module comes, the model is no longer fetched', { timeout: 20_000 }, async () => {
  const endless = createServer((_, response) => response.writeHead(200, { 'content-length': 1e9 }).write('begin'));
  await new Promise((resolve) => endless.listen(0, '127.0.0.1', resolve));
  const begun = new Promise((resolve) => endless.on('request', resolve));
  const closed = new Promise((resolve) => endless.on('connection', (socket) => socket.on('close', resolve)));
  const module = begun.then(() => new Response(new Uint8Array(8)));
  const url = `http://127.0.0.1:${endless.address().port}/a.mindir`;
  await rejects(Model.load(url, { module }), 'invalid', /not a WebAssembly module/);
  await closed;
  endless.close();
});
