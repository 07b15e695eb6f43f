/** Bytes from a URL, in browsers and in Node, with messages that name the URL and what came back instead. */
import { MswError } from './error.js';

/** A module or a model: where it is, or its bytes. */
export type Source = string | URL | Response | Promise<Response> | ArrayBuffer | ArrayBufferView;

/** Node's fetch does not read file: URLs. getBuiltinModule leaves no import behind that a browser would trip over. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs/promises'): { readFile(path: URL): Promise<Uint8Array<ArrayBuffer>> };
}

async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const files = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:fs/promises');
  if (!files)
    throw new MswError('fetch', `${url.href}: only Node (since 20.16) reads file: URLs; serve the file over HTTP`);
  try {
    return await files.readFile(url);
  } catch (cause) {
    throw new MswError('fetch', `${url.href}: ${(cause as Error).message}`, { cause });
  }
}

/** A relative URL means what it means to fetch: beside the page. Node has no page, there it has to be absolute. */
function absolute(url: string | URL): URL {
  const base = (globalThis as { document?: { baseURI: string } }).document?.baseURI;
  try {
    return new URL(url, base);
  } catch (cause) {
    throw new MswError('usage', `'${url}' is not an absolute URL (for a file in Node: pathToFileURL(path))`, { cause });
  }
}

async function respond(source: string | URL | Response | Promise<Response>): Promise<Response | URL> {
  if (source instanceof Response) return source;
  const url = typeof source === 'string' || source instanceof URL ? absolute(source) : undefined;
  if (url?.protocol === 'file:') return url;
  try {
    return await (url ? fetch(url) : (source as Promise<Response>));
  } catch (cause) {
    throw new MswError(
      'fetch',
      `${url?.href ?? 'the response'}: no answer (offline, or blocked by the page's security policy ` +
        `or the server's): ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Is it what was asked for? A server that answers unknown paths with its start page says 200 and sends HTML. */
function checkResponse(response: Response, expected: string): string {
  const name = response.url || 'response';
  if (!response.ok) {
    throw new MswError(
      'fetch',
      `${name}: HTTP ${`${response.status} ${response.statusText}`.trim()}, expected a ${expected}`,
    );
  }
  const type = response.headers.get('content-type') ?? '';
  if (/^(text\/html|application\/xhtml)/i.test(type)) {
    throw new MswError('fetch', `${name}: HTTP ${response.status}, but an HTML page (${type}), expected a ${expected}`);
  }
  return name;
}

/** What a source holds, and what to call it in messages. Responses stay unread, for those who can stream. */
export type Opened = { name: string; bytes: Uint8Array } | { name: string; response: Response };

/** `expected`: "model", for messages. */
export async function open(source: Source, expected: string): Promise<Opened> {
  if (source instanceof ArrayBuffer) return { name: `the ${expected}`, bytes: new Uint8Array(source) };
  if (ArrayBuffer.isView(source)) {
    return { name: `the ${expected}`, bytes: new Uint8Array(source.buffer, source.byteOffset, source.byteLength) };
  }
  const answer = await respond(source);
  if (answer instanceof URL) return { name: answer.href, bytes: await readFile(answer) };
  return { name: checkResponse(answer, expected), response: answer };
}

/** All bytes of a response; a connection can still break off here. */
export async function body(response: Response, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new MswError('fetch', `${name}: broke off: ${(cause as Error).message}`, { cause });
  }
}
