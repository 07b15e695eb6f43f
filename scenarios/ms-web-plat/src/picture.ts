/**
 * From a picture to a tensor by the rule of docs/IMAGES.md. All arithmetic is in the order written there, so that this
 * page, the command line and the numpy of tools/make_image_vectors.py, which makes the vectors, give the same bits.
 */

/** Pixels row by row, their channels side by side. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

type RuleName = keyof typeof NAMED;
type Filter = 'nearest' | 'bilinear' | 'bicubic';

/** What was not asked for stays as the picture is. */
export interface Rule {
  readonly crop?: 'square';
  readonly size?: readonly [width: number, height: number];
  readonly filter: Filter;
  readonly antialias: boolean;
  readonly channels?: 1 | 3;
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly layout: 'nchw' | 'nhwc';
}

function one<T extends string>(key: string, text: string, ...known: T[]): T {
  const found = known.find((each) => each === text);
  if (found === undefined) throw new Error(`${key}=${text}, expected ${known.join(', ')}`);
  return found;
}

/** "0.5" or "1/255" */
function number(key: string, text: string): number {
  const [value = NaN, divisor = 1, ...more] = text.split('/').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const result = value / divisor;
  if (!Number.isFinite(result) || more.length > 0)
    throw new Error(`${key}=${text}, expected a number, or a fraction such as 1/255`);
  return result;
}

function perChannel(key: string, text: string): number[] {
  const values = text.split(':').map((part) => number(key, part));
  if (values.length !== 1 && values.length !== 3)
    throw new Error(`${key}=${text}, expected one number, or three separated by ':'`);
  if (key === 'std' && values.some((value) => value <= 0)) throw new Error(`${key}=${text}, expected numbers above 0`);
  return values;
}

function size(key: string, text: string): [number, number] {
  const [, width = '', height = ''] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? [];
  if (Number(width) < 1 || Number(height) < 1) throw new Error(`${key}=${text}, expected WIDTHxHEIGHT`);
  return [Number(width), Number(height)];
}

const READERS: { [K in keyof Rule]-?: (key: string, text: string) => NonNullable<Rule[K]> } = {
  crop: (key, text) => one(key, text, 'square'),
  size,
  filter: (key, text) => one(key, text, 'nearest', 'bilinear', 'bicubic'),
  antialias: (key, text) => one(key, text, '0', '1') === '1',
  channels: (key, text) => (one(key, text, '1', '3') === '1' ? 1 : 3),
  scale: number,
  mean: perChannel,
  std: perChannel,
  layout: (key, text) => one(key, text, 'nchw', 'nhwc'),
};

/** What the ResNet50 program of 2020 did with a picture. */
const NAMED = {
  'resnet-2020': {
    size: [224, 224],
    filter: 'nearest',
    channels: 3,
    mean: [123, 117, 104],
    std: [58.395, 57.12, 57.375],
  },
} as const satisfies Record<string, Partial<Rule>>;

/** The rule that a MODEL.json holds; its numbers and lists mean what they would on the command line. */
export function readRule(given: unknown): Rule {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('expected a JSON object');
  const { rule: name, ...keys } = given as { rule?: unknown };
  const ground = name === undefined ? {} : NAMED[one('rule', String(name), ...(Object.keys(NAMED) as RuleName[]))];
  const rule = Object.entries(keys).map(([key, value]) => {
    const reader = Object.hasOwn(READERS, key) ? READERS[key as keyof Rule] : undefined;
    if (!reader) throw new Error(`unknown key '${key}', expected ${['rule', ...Object.keys(READERS)].join(', ')}`);
    return [key, reader(key, Array.isArray(value) ? value.join(':') : String(value))];
  });
  const read: Rule = {
    ...{ filter: 'bilinear', antialias: false, scale: 1, mean: [0], std: [1], layout: 'nchw' },
    ...ground,
    ...Object.fromEntries(rule),
  };
  if (read.antialias && read.filter === 'nearest')
    throw new Error('antialias=1 with filter=nearest, expected filter=bilinear or filter=bicubic');
  return read;
}

/** Keys's cubic convolution kernel, at distance d >= 0. */
function cubic(d: number, a: number): number {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

/** Element i of a resized axis: the sum over k of weights[k] * element(first + k), where beyond the edge the edge goes on. */
interface Terms {
  readonly first: number;
  readonly weights: readonly number[];
}

function interpolated(centre: number, filter: Filter): Terms {
  if (filter === 'nearest') return { first: Math.floor(centre), weights: [1] };
  const first = Math.floor(centre - 0.5);
  const t = centre - 0.5 - first;
  if (filter === 'bilinear') return { first, weights: [1 - t, t] };
  return { first: first - 1, weights: [-1, 0, 1, 2].map((k) => cubic(Math.abs(t - k), -0.75)) };
}

/** The kernel as wide as an output element, over the elements inside the picture, its weights divided by their sum. */
function averaged(centre: number, scale: number, n: number, filter: Filter): Terms {
  const reach = (filter === 'bicubic' ? 2 : 1) * scale;
  const first = Math.max(0, Math.floor(centre - reach + 0.5));
  const end = Math.min(n, Math.floor(centre + reach + 0.5));
  const weights = Array.from({ length: end - first }, (_, k) => {
    const d = Math.abs(first + k + 0.5 - centre) / scale;
    return filter === 'bicubic' ? cubic(d, -0.5) : Math.max(0, 1 - d);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return { first, weights: weights.map((weight) => weight / sum) };
}

function axis(n: number, m: number, { filter, antialias }: Rule): Terms[] {
  return Array.from({ length: m }, (_, i) => {
    const centre = (i + 0.5) * (n / m);
    return antialias ? averaged(centre, Math.max(n / m, 1), n, filter) : interpolated(centre, filter);
  });
}

/** A picture on its way: bytes until arithmetic makes other numbers of them. */
interface Values {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: Uint8Array | Float64Array;
}

function grey(row: Uint8Array): Float64Array {
  const value = (at: number): number => row[at] ?? 0;
  return Float64Array.from(
    { length: row.length / 3 },
    (_, x) => 0.299 * value(3 * x) + 0.587 * value(3 * x + 1) + 0.114 * value(3 * x + 2),
  );
}

function coloured(row: Uint8Array): Float64Array {
  return Float64Array.from({ length: 3 * row.length }, (_, i) => row[Math.floor(i / 3)] ?? 0);
}

/** The part that is asked for, with the channels that are asked for. */
function taken({ width, height, channels, pixels }: Picture, rule: Rule): Values {
  const side = Math.min(width, height);
  const [w, h] = rule.crop ? [side, side] : [width, height];
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
  const wanted = rule.channels ?? channels;
  const values = wanted === channels ? new Uint8Array(w * h * wanted) : new Float64Array(w * h * wanted);
  for (let y = 0; y < h; y++) {
    const start = ((top + y) * width + left) * channels;
    const row = pixels.subarray(start, start + w * channels);
    values.set(wanted === channels ? row : wanted === 1 ? grey(row) : coloured(row), y * w * wanted);
  }
  return { width: w, height: h, channels: wanted, values };
}

/** Along one axis: `count` lines of n elements, each `inner` numbers, become lines of as many elements as there are terms. */
function resized(
  from: Values['values'],
  count: number,
  n: number,
  inner: number,
  terms: readonly Terms[],
): Float64Array {
  const to = new Float64Array(count * terms.length * inner);
  for (let line = 0, out = 0; line < count; line++)
    for (const { first, weights } of terms) {
      for (let k = 0; k < weights.length; k++) {
        const source = (line * n + Math.min(Math.max(first + k, 0), n - 1)) * inner;
        const weight = weights[k] as number;
        for (let j = 0; j < inner; j++) (to[out + j] as number) += weight * (from[source + j] as number);
      }
      out += inner;
    }
  return to;
}

function withSize(from: Values, rule: Rule): Values {
  const [width, height] = rule.size ?? [from.width, from.height];
  if (width === from.width && height === from.height) return from;
  const { channels } = from;
  const wide = resized(from.values, from.height, from.width, channels, axis(from.width, width, rule));
  const values = resized(wide, 1, from.height, width * channels, axis(from.height, height, rule));
  return { width, height, channels, values };
}

/** The tensor that the rule makes of a picture. */
export function toTensor(picture: Picture, rule: Rule): { data: Float32Array; shape: number[] } {
  const { width, height, channels, values } = withSize(taken(picture, rule), rule);
  if (channels === 1 && (rule.mean.length === 3 || rule.std.length === 3))
    throw new Error('three values of mean or std for one channel, expected one (or channels=3)');
  const last = rule.layout === 'nhwc';
  const pixels = width * height;
  const [mean, std] = [rule.mean, rule.std].map((list) => [0, 1, 2].map((c) => list[c] ?? list[0] ?? 0));
  const data = new Float32Array(values.length);
  for (let i = 0; i < pixels; i++)
    for (let c = 0; c < channels; c++) {
      const value = ((values[i * channels + c] ?? 0) * rule.scale - (mean?.[c] ?? 0)) / (std?.[c] ?? 1);
      data[last ? i * channels + c : c * pixels + i] = value;
    }
  return { data, shape: last ? [1, height, width, channels] : [1, channels, height, width] };
}
