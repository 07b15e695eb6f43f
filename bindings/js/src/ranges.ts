/** A file on a server, fetched in parts: files of weights are larger than a page should hold twice. */
import { ofBytes, type ByteSource } from './bytes.js';
import { MswError } from './error.js';
import { body, checkResponse, request } from './fetch.js';

const EXPECTED = 'file of weights';
/** Of a part fetched out of order, and of the largest in order: each in order is twice the one before. */
const SMALLEST = 64 * 1024;
const LARGEST = 8 * 1024 * 1024;

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly total: number;
}

/** The part, or undefined where the server, or the page's origin, does not allow to ask for one. */
async function fetchPart(url: URL, offset: number, size: number): Promise<Part | undefined> {
  const response = await request(url, { headers: { range: `bytes=${offset}-${offset + size - 1}` } });
  if (response.status === 200) return undefined;
  const name = checkResponse(response, EXPECTED);
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  if (!range || Number(range[1]) !== offset) return undefined;
  return { offset, bytes: await body(response, name), total: Number(range[3]) };
}

class Ranges implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #url: URL;
  #part: Part;
  #next = SMALLEST;

  constructor(url: URL, first: Part) {
    this.name = url.href;
    this.size = first.total;
    this.#url = url;
    this.#part = first;
  }

  async read(offset: number, size: number): Promise<Uint8Array> {
    if (!this.#holds(offset, size)) await this.#fetch(offset, size);
    const start = offset - this.#part.offset;
    return this.#part.bytes.subarray(start, start + size);
  }

  #holds(offset: number, size: number): boolean {
    const { offset: start, bytes } = this.#part;
    return offset >= start && offset + size <= start + bytes.length;
  }

  async #fetch(offset: number, size: number): Promise<void> {
    const { offset: start, bytes } = this.#part;
    const inOrder = offset >= start && offset <= start + bytes.length;
    this.#next = inOrder ? Math.min(2 * this.#next, LARGEST) : SMALLEST;
    const part = await fetchPart(this.#url, offset, Math.min(Math.max(size, this.#next), this.size - offset));
    if (!part || part.total !== this.size || part.bytes.length < size)
      throw new MswError('fetch', `${this.name}: changed while it was read, at byte ${offset}`);
    this.#part = part;
  }
}

export async function ofUrl(url: URL): Promise<ByteSource> {
  const first = await fetchPart(url, 0, SMALLEST);
  if (first) return new Ranges(url, first);
  const response = await request(url);
  return ofBytes(url.href, await body(response, checkResponse(response, EXPECTED)));
}
