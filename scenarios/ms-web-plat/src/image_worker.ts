/** What the Image tab does beside the page, in a Web Worker: fetch a model, make a tensor of a picture, run. */
import { Model, MswError } from 'ms-backend-wasm';
import { readRule, toTensor, type Picture, type Rule } from './picture.js';

/** From the page: `folder` once, then pictures; a newer picture makes an older one pointless. */
export type Ask = { folder: string } | { id: number; name: string; file: Blob };

export interface Place {
  readonly label: string;
  readonly value: number;
}

/** To the page. `missing`: there is no model in the folder, which is no fault. */
export type Answer =
  | { kind: 'ready'; rule: Rule }
  | { kind: 'missing' }
  | { kind: 'decoded'; id: number; rule: Rule; bitmap: ImageBitmap }
  | { kind: 'seen'; id: number; top: Place[]; prepared: number; ran: number; threads: number; notes: readonly string[] }
  | { kind: 'problem'; id: number; text: string };

interface Loaded {
  readonly model: Model;
  readonly rule: Rule;
  readonly labels: readonly string[];
}

const SHOWN = 5;
const MOST_PIXELS = 64 * 2 ** 20;
/** Beyond this, browsers give empty canvases without a word. */
const LONGEST_SIDE = 16384;

class Missing extends Error {}

function answer(message: Answer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

/** A text file of the model's. A server that answers unknown paths with its start page says 200 and sends HTML. */
async function text(url: URL, expected: string): Promise<string> {
  let response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new Error(`${url.href}: no answer (${(cause as Error).message})`, { cause });
  }
  if (response.status === 404) throw new Missing();
  const html = /^text\/html/i.test(response.headers.get('content-type') ?? '');
  if (!response.ok || html)
    throw new Error(`${url.href}: HTTP ${response.status}${html ? ', but an HTML page' : ''}, expected ${expected}`);
  return response.text();
}

async function ruleAt(url: URL): Promise<Rule> {
  const json = await text(url, 'a JSON object');
  try {
    return readRule(JSON.parse(json));
  } catch (cause) {
    throw new Error(`${url.href}: ${(cause as Error).message}`, { cause });
  }
}

/** One after the other, the smallest first: where something is missing, the model's many bytes are not asked for. */
async function load(folder: string): Promise<Loaded> {
  const rule = await ruleAt(new URL('lite0.mindir.json', folder));
  const labels = await text(new URL('lite0_labels.txt', folder), 'labels, one a line');
  const model = await Model.load(new URL('lite0.mindir', folder), {
    threads: Math.min(navigator.hardwareConcurrency, 64),
  });
  return { model, rule, labels: labels.trimEnd().split('\n') };
}

/** As bytes, without alpha: a picture that uses transparency is refused, as the command line does. */
function opaque(name: string, rgba: Uint8ClampedArray): Uint8Array {
  const pixels = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    if (rgba[from + 3] !== 255)
      throw new Error(`${name}: transparent at pixel ${from / 4}, expected an opaque picture`);
    pixels[to++] = rgba[from] as number;
    pixels[to++] = rgba[from + 1] as number;
    pixels[to++] = rgba[from + 2] as number;
  }
  return pixels;
}

async function decode(name: string, file: Blob): Promise<ImageBitmap> {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  } catch (cause) {
    throw new Error(`${name}: not a picture that this browser can decode, expected a PNG or a JPEG`, { cause });
  }
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS || Math.max(width, height) > LONGEST_SIDE)
    throw new Error(
      `${name}: ${width} x ${height} pixels, expected at most ${MOST_PIXELS} in all and ${LONGEST_SIDE} a side`,
    );
  return bitmap;
}

function pictureOf(name: string, bitmap: ImageBitmap): Picture {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2D canvas for workers');
  context.drawImage(bitmap, 0, 0);
  return { width, height, channels: 3, pixels: opaque(name, context.getImageData(0, 0, width, height).data) };
}

function best(values: ArrayLike<number>, labels: readonly string[]): Place[] {
  return Array.from(values, (value, i) => ({ label: labels[i] ?? `class ${i}`, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, SHOWN);
}

let folder = '';
let latest = 0;
let loading: Promise<Loaded> | undefined;

/** A failure is not kept: a connection may come back. */
function loaded(): Promise<Loaded> {
  loading ??= load(folder).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function see(id: number, name: string, file: Blob): Promise<void> {
  const bitmap = await decode(name, file);
  const { model, rule, labels } = await loaded();
  if (id !== latest) return bitmap.close();
  const start = performance.now();
  const picture = pictureOf(name, bitmap);
  answer({ kind: 'decoded', id, rule, bitmap }, [bitmap]);
  const tensor = toTensor(picture, rule);
  const middle = performance.now();
  const outputs = await model.run({ [model.inputs[0]?.name ?? '']: tensor });
  const ran = performance.now() - middle;
  const probabilities = Object.values(outputs)[0]?.data as ArrayLike<number> | undefined;
  const top = best(probabilities ?? [], labels);
  answer({ kind: 'seen', id, top, prepared: middle - start, ran, threads: model.threads, notes: model.build.notes });
}

function failed(id: number, error: unknown): void {
  if (error instanceof Missing) return answer({ kind: 'missing' });
  if (error instanceof MswError && error.status === 'trap') loading = undefined; // its instance is gone
  answer({ kind: 'problem', id, text: (error as Error).message });
}

self.addEventListener('message', ({ data }: MessageEvent<Ask>) => {
  if ('folder' in data) {
    folder = data.folder;
    loaded()
      .then(({ rule }) => answer({ kind: 'ready', rule }))
      .catch((error: unknown) => failed(0, error));
    return;
  }
  latest = data.id;
  see(data.id, data.name, data.file).catch((error: unknown) => data.id === latest && failed(data.id, error));
});
