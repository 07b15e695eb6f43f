/** Bytes from a URL, in browsers and in Node, with messages that name the URL and what came back instead. */
import { MswError } from './error.js';

/** A module or a model: where it is, or its bytes. */
export type Source = string | URL | Response | Promise<Response> | Blob | ArrayBuffer | ArrayBufferView;

/** What is used of Node's file functions. */
export interface NodeFiles {
  readonly constants: { readonly O_RDONLY: number; readonly O_NOFOLLOW: number; readonly O_NONBLOCK: number };
  readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
  lstat(path: URL): Promise<{ isSymbolicLink(): boolean }>;
  open(
    path: URL,
    flags: number,
  ): Promise<{
    stat(): Promise<{ isFile(): boolean; readonly nlink: number; readonly size: number }>;
    read(bytes: Uint8Array, at: number, size: number, offset: number): Promise<{ bytesRead: number }>;
    close(): Promise<void>;
  }>;
}

/** Node's fetch does not read file: URLs. getBuiltinModule leaves no import behind that a browser would trip over. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs/promises'): NodeFiles;
}

export function nodeFiles(url: URL): NodeFiles {
  const files = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:fs/promises');
  if (!files)
    throw new MswError('fetch', `${url.href}: only Node (since 20.16) reads file: URLs; serve the file over HTTP`);
  return files;
}

async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const files = nodeFiles(url);
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

async function answerOf(response: Promise<Response>, name: string): Promise<Response> {
  try {
    return await response;
  } catch (cause) {
    throw new MswError(
      'fetch',
      `${name}: no answer (offline, or blocked by the page's security policy ` +
        `or the server's): ${(cause as Error).message}`,
      { cause },
    );
  }
}

export function request(url: URL, init: RequestInit = {}): Promise<Response> {
  return answerOf(fetch(url, init), url.href);
}

async function respond(
  source: string | URL | Response | Promise<Response>,
  signal: AbortSignal | null,
): Promise<Response | URL> {
  if (typeof source !== 'string' && !(source instanceof URL))
    return source instanceof Response ? source : answerOf(source, 'the response');
  const url = absolute(source);
  return url.protocol === 'file:' ? url : request(url, { signal });
}

/**
 * The URL that a source comes from, where it comes from one. Bytes are asked for first: Node takes 25 ms for the first
 * look at `Response`.
 */
export async function baseOf(source: Source): Promise<URL | undefined> {
  if (typeof source === 'string' || source instanceof URL) return absolute(source);
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return undefined;
  if (!(source instanceof Response) && !(source instanceof Promise)) return undefined;
  const { url } = await source;
  return url ? new URL(url) : undefined;
}

/** Is it what was asked for? A server that answers unknown paths with its start page says 200 and sends HTML. */
export function checkResponse(response: Response, expected: string): string {
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

/** `expected`: "model", for messages; `signal`: that a URL is no longer wanted. */
export async function open(source: Source, expected: string, signal: AbortSignal | null = null): Promise<Opened> {
  if (source instanceof ArrayBuffer) return { name: `the ${expected}`, bytes: new Uint8Array(source) };
  if (ArrayBuffer.isView(source)) {
    return { name: `the ${expected}`, bytes: new Uint8Array(source.buffer, source.byteOffset, source.byteLength) };
  }
  if (source instanceof Blob) return { name: `the ${expected}`, bytes: new Uint8Array(await source.arrayBuffer()) };
  const answer = await respond(source, signal);
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
