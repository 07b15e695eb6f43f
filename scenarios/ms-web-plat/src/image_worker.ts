/** What the Image tab does beside the page, in a Web Worker: fetch a model, make a tensor of a picture, run. */
import { Model, MswError } from 'ms-backend-wasm';
import { readLabels } from './labels.js';
import { readRule, toTensor, type Picture, type Rule } from './picture.js';

/**
 * From the page: `folder` once, then pictures; a newer picture makes an older one pointless. `given`: a module that holds
 * another model, and its files.
 */
export type Ask = { folder: string } | { given: readonly File[] } | { id: number; name: string; file: Blob };

export interface Place {
  readonly label: string;
  readonly value: number;
}

/** To the page. `missing`: there is no model in the folder, which is no fault. */
export type Answer =
  | { kind: 'ready'; rule: Rule; name: string }
  | { kind: 'missing' }
  | { kind: 'decoded'; id: number; rule: Rule; bitmap: ImageBitmap }
  | {
      kind: 'seen';
      id: number;
      top: Place[];
      shares: boolean;
      prepared: number;
      ran: number;
      threads: number;
      notes: readonly string[];
    }
  | { kind: 'problem'; id: number; text: string };

interface Loaded {
  readonly name: string;
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
  return { name: 'EfficientNet-Lite0', model, rule, labels: readLabels(labels) };
}

/** The one file of several whose name ends so. */
function oneOf(files: readonly File[], pattern: RegExp, what: string): File | undefined {
  const [found, more] = files.filter(({ name }) => pattern.test(name));
  if (more) throw new Error(`${found?.name} and ${more.name}, expected one ${what}`);
  return found;
}

async function readAs<T>(file: File | undefined, read: (text: string) => T, otherwise: T): Promise<T> {
  try {
    return file ? read(await file.text()) : otherwise;
  } catch (cause) {
    throw new Error(`${file?.name}: ${(cause as Error).message}`, { cause });
  }
}

async function loadGiven(files: readonly File[]): Promise<Loaded> {
  const module = oneOf(files, /\.wasm$/i, 'module');
  if (!module) throw new Error(`${files[0]?.name ?? 'nothing'}: expected a module (.wasm) and its files`);
  const ofRule = files.find(({ name }) => name === `${module.name}.json`);
  const rule = await readAs(ofRule, (json) => readRule(JSON.parse(json)), readRule({}));
  const labels = await readAs(oneOf(files, /\.(txt|csv)$/i, 'file of labels'), readLabels, []);
  try {
    const model = await Model.load(null, { module, files: Object.fromEntries(files.map((file) => [file.name, file])) });
    return { name: module.name, model, rule, labels };
  } catch (cause) {
    if (!(cause instanceof MswError)) throw cause;
    throw new Error(`${module.name}: ${cause.message}`, { cause });
  }
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

/** Largest first, NaN last, as the command line does. */
function best(values: ArrayLike<number>, labels: readonly string[]): Place[] {
  return Array.from(values, (value, i) => ({ label: labels[i] ?? `class ${i}`, value }))
    .sort((a, b) => Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)) || b.value - a.value)
    .slice(0, SHOWN);
}

/** Of all classes: whether the values say how likely each is. */
function areShares(values: readonly number[]): boolean {
  return values.every((value) => value >= 0) && Math.abs(values.reduce((a, b) => a + b, 0) - 1) < 0.01;
}

let place: string | readonly File[] = '';
let latest = 0;
let loading: Promise<Loaded> | undefined;

/** A failure is not kept: a connection may come back. */
function loaded(): Promise<Loaded> {
  if (loading) return loading;
  const mine = (typeof place === 'string' ? load(place) : loadGiven(place)).catch((error: unknown) => {
    if (loading === mine) loading = undefined;
    throw error;
  });
  return (loading = mine);
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
  const values = Array.from((Object.values(outputs)[0]?.data ?? []) as ArrayLike<number>, Number);
  if (labels.length > 0 && labels.length !== values.length)
    throw new Error(
      `${labels.length} labels, expected ${values.length}: one for each value of the model's first output`,
    );
  const top = best(values, labels);
  answer({
    kind: 'seen',
    id,
    top,
    shares: areShares(values),
    prepared: middle - start,
    ran,
    threads: model.threads,
    notes: model.build.notes,
  });
}

function failed(id: number, error: unknown): void {
  if (error instanceof Missing) return answer({ kind: 'missing' });
  if (error instanceof MswError && error.status === 'trap') loading = undefined; // its instance is gone
  answer({ kind: 'problem', id, text: (error as Error).message });
}

self.addEventListener('message', ({ data }: MessageEvent<Ask>) => {
  if (!('id' in data)) {
    loading?.then(({ model }) => model.dispose()).catch(() => {});
    loading = undefined;
    place = 'folder' in data ? data.folder : data.given;
    latest = 0; // what is on its way has lost its model
    loaded()
      .then(({ rule, name }) => answer({ kind: 'ready', rule, name }))
      .catch((error: unknown) => failed(0, error));
    return;
  }
  latest = data.id;
  see(data.id, data.name, data.file).catch((error: unknown) => data.id === latest && failed(data.id, error));
});
