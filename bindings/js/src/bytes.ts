/** Where the module's requests for parts of a file are answered from. */
import { body, open, type Source } from './fetch.js';

/** Ranges come in any order, and more than once; most of them in rising order. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  read(offset: number, size: number): Uint8Array | Promise<Uint8Array>;
  close?(): Promise<void>;
}

export const NO_FILE: ByteSource = { name: '', size: 0, read: () => new Uint8Array() };

export function ofBytes(name: string, bytes: Uint8Array): ByteSource {
  return { name, size: bytes.length, read: (offset, size) => bytes.subarray(offset, offset + size) };
}

/** A file that a person chose: read in parts, since it may be larger than memory. */
function ofBlob(name: string, blob: Blob): ByteSource {
  const read = async (offset: number, size: number): Promise<Uint8Array> =>
    new Uint8Array(await blob.slice(offset, offset + size).arrayBuffer());
  return { name, size: blob.size, read };
}

/** Anything that a caller may give; what comes over a network is fetched whole. */
export async function byteSource(
  source: Source,
  expected: string,
  signal: AbortSignal | null = null,
): Promise<ByteSource> {
  if (source instanceof Blob) return ofBlob((source as Partial<File>).name ?? `the ${expected}`, source);
  const opened = await open(source, expected, signal);
  return ofBytes(opened.name, 'bytes' in opened ? opened.bytes : await body(opened.response, opened.name));
}
