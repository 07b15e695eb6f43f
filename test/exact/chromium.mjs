// Prints what Chromium makes of the cases: node chromium.mjs FOLDER THREADS. Its pages are cross-origin isolated, so
// that they have shared memory.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from '../../scenarios/ms-web-plat/test/browser.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const [folder, threads] = process.argv.slice(2);
const FOLDERS = { dist: join(here, '../../bindings/js/dist'), exact: here, cases: folder };
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

const server = createServer(async ({ url }, response) => {
  const [, top, ...rest] = normalize(url).split('/');
  try {
    const body = url === '/' ? '<!doctype html>' : await readFile(join(FOLDERS[top], ...rest));
    response.writeHead(200, {
      'content-type': url === '/' ? 'text/html' : (TYPES[extname(url)] ?? 'text/plain'),
      ...ISOLATED,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await launch();
try {
  const tab = await browser.newPage();
  await tab.goto(`http://localhost:${server.address().port}/`);
  const answer = await tab.evaluate(
    (wanted) =>
      new Promise((resolve, reject) => {
        const worker = new Worker('/exact/worker.mjs', { type: 'module' });
        worker.addEventListener('message', ({ data }) => resolve(data));
        worker.addEventListener('error', ({ message }) => reject(new Error(message)));
        worker.postMessage(wanted);
      }),
    Number(threads),
  );
  console.log(JSON.stringify(answer));
} finally {
  await browser.close();
  server.close();
}
