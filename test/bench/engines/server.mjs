// Serves the tree and chosen files to pages that may share memory between threads.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** { url, place(path): the URL of a file that may lie outside the tree, stop() } */
export async function serve(tree) {
  const others = [];
  const find = (path) => {
    const [, index] = /^\/file\/(\d+)$/.exec(path) ?? [];
    return index === undefined ? join(tree, normalize(path)) : others[Number(index)];
  };
  const server = createServer((request, response) => {
    const path = find(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return response.writeHead(404, ISOLATED).end();
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, {
      ...ISOLATED,
      'Content-Type': type,
      'Content-Length': stat.size,
      'Cache-Control': 'no-store',
    });
    return createReadStream(path).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const place = (path) => {
    if (!others.includes(path)) others.push(path);
    return `${url}/file/${others.indexOf(path)}`;
  };
  return { url, place, stop: () => server.closeAllConnections() ?? server.close() };
}
