/** The Image tab: a chosen or dropped picture, and what the model takes it for. The work is done in image_worker.ts. */
import { byId, make, percentText, showProblem, timeText } from './dom.js';
import { acceptDrops, checkSize } from './files.js';
import type { Answer, Ask, Place } from './image_worker.js';
import type { Rule } from './picture.js';

const FOLDER = new URL('models/', document.baseURI).href;
const SAMPLE = 'chelsea.png';
const EXPECTED = 'a PNG or a JPEG';
/** Of the longer side of the shown picture, in canvas points. */
const SIDE = 960;
/** A model that spreads less than this over its first choice has not recognised anything. */
const SURE = 0.15;

const shown = byId('picture', HTMLCanvasElement);
const problem = byId('image-problem', HTMLElement);
const verdict = byId('image-verdict', HTMLElement);
const bars = byId('image-bars', HTMLElement);
const time = byId('image-time', HTMLElement);

/** The picture, and what of it the model does not see dimmed. */
function paint(bitmap: ImageBitmap, rule: Rule): void {
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  Object.assign(shown, { width, height });
  const context = shown.getContext('2d');
  if (!context) throw new Error('this browser has no 2D canvas');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, shown.width, shown.height);
  if (!rule.crop) return;
  const side = Math.min(shown.width, shown.height);
  const outside = new Path2D();
  outside.rect(0, 0, shown.width, shown.height);
  outside.rect((shown.width - side) / 2, (shown.height - side) / 2, side, side);
  context.fillStyle = 'rgb(0 0 0 / 55%)';
  context.fill(outside, 'evenodd');
}

/** `shares`: the values are parts of 1; of others only the number is shown. */
function barOf({ label, value }: Place, place: number, shares: boolean): HTMLElement {
  const bar = make('span', { className: 'bar' });
  bar.style.setProperty('--share', String(shares ? value : 0));
  return make(
    'li',
    { className: place === 0 ? 'best' : '' },
    make('span', { className: 'name' }, label),
    make('span', { className: 'track' }, bar),
    make('span', { className: 'percent' }, shares ? percentText(value) : value.toPrecision(4)),
  );
}

export class ImageTab {
  readonly #worker: Worker;
  #ready = false;
  #id = 0;
  #name = '';
  #file: Blob | undefined;
  #hasSample = true;
  /** The picture is to be seen by another model. */
  #again = false;

  constructor() {
    this.#worker = new Worker(new URL('./image_worker.ts', import.meta.url), { type: 'module' });
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data));
    this.#worker.addEventListener('error', (event) =>
      this.#fail(`the part of the page that runs the model did not start${event.message ? `: ${event.message}` : ''}`),
    );
    this.#takeFiles();
    this.#say('Loading the model', true);
    this.#ask({ folder: FOLDER });
  }

  #ask(ask: Ask): void {
    this.#worker.postMessage(ask);
  }

  #takeFiles(): void {
    const file = byId('picture-file', HTMLInputElement);
    file.addEventListener('change', () => {
      const chosen = file.files?.[0];
      if (chosen) this.#take(chosen.name, chosen);
      file.value = ''; // so that the same file, changed, can be chosen again
    });
    const model = byId('model-files', HTMLInputElement);
    model.addEventListener('change', () => {
      const given = [...(model.files ?? [])];
      if (given.length > 0) this.#takeModel(given);
      model.value = '';
    });
    acceptDrops({
      zone: byId('picture-drop', HTMLElement),
      isFor: () => location.hash === '#image',
      expected: EXPECTED,
      take: (dropped) => this.#take(dropped.name, dropped),
      refuse: (refused) => this.#fail(refused),
    });
    byId('sample', HTMLButtonElement).addEventListener('click', () => void this.#takeSample());
  }

  #takeModel(given: readonly File[]): void {
    byId('image-missing', HTMLElement).hidden = true;
    byId('image-stage', HTMLElement).hidden = false;
    byId('model-name', HTMLElement).textContent =
      given.map(({ name }) => name).find((name) => /\.wasm$/i.test(name)) ?? 'none';
    this.#ready = false;
    this.#again = true;
    this.#say('Loading the model', true);
    this.#ask({ given });
  }

  async #takeSample(): Promise<void> {
    const url = new URL(SAMPLE, FOLDER);
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      this.#take(SAMPLE, await response.blob());
    } catch (cause) {
      this.#fail(`${url.href}: ${(cause as Error).message}, expected the sample`);
    }
  }

  #take(name: string, file: Blob): void {
    try {
      checkSize(name, file, EXPECTED, 'pictures');
    } catch (refused) {
      return this.#fail(refused);
    }
    this.#name = name;
    this.#file = file;
    this.#say(this.#ready ? 'Looking' : 'Loading the model', true);
    this.#ask({ id: ++this.#id, name, file });
  }

  #hear(answer: Answer): void {
    if (answer.kind === 'ready') this.#start(answer.rule, answer.name);
    else if (answer.kind === 'missing') this.#miss();
    else if (answer.kind === 'problem' && (answer.id === this.#id || answer.id === 0)) this.#fail(answer.text);
    else if (answer.kind === 'decoded' && answer.id === this.#id) this.#show(answer.bitmap, answer.rule);
    else if (answer.kind === 'seen' && answer.id === this.#id) this.#tell(answer);
  }

  #start(rule: Rule, name: string): void {
    this.#ready = true;
    byId('model-name', HTMLElement).textContent = name;
    const part = rule.crop ? 'the square in the middle' : 'the whole picture';
    const [width, height] = rule.size ?? [];
    byId('picture-note', HTMLElement).textContent =
      `The model sees ${part}${width ? `, as ${width}×${height} points` : ''}.`;
    if (this.#again && this.#file) this.#take(this.#name, this.#file);
    else if (this.#id === 0 && this.#hasSample) void this.#takeSample();
    else if (this.#id === 0) this.#say('Choose a picture', false);
    this.#again = false;
  }

  /** No model is no fault: weights are not part of the repository. */
  #miss(): void {
    this.#hasSample = false;
    byId('sample', HTMLElement).hidden = true;
    byId('image-missing', HTMLElement).hidden = false;
    byId('image-stage', HTMLElement).hidden = true;
  }

  #show(bitmap: ImageBitmap, rule: Rule): void {
    paint(bitmap, rule);
    bitmap.close();
    shown.setAttribute('aria-label', `The picture ${this.#name}`);
    byId('picture-name', HTMLElement).textContent = this.#name;
  }

  #tell({ top, shares, prepared, ran, threads, notes }: Extract<Answer, { kind: 'seen' }>): void {
    const [first] = top;
    const none = first && Number.isNaN(first.value) && 'No class: all values are NaN';
    this.#say(
      none || (first ? `${shares && first.value < SURE ? 'Not sure, perhaps ' : ''}${first.label}` : ''),
      false,
    );
    bars.replaceChildren(...top.map((place, i) => barOf(place, i, shares)));
    const where = `on ${threads === 1 ? 'one thread' : `${threads} threads`} beside the page`;
    time.textContent = `The model took ${timeText(ran)} and the picture ${timeText(prepared)}, ${where}.`;
    time.title = notes.join('\n');
  }

  /** A verdict, or what is being waited for. */
  #say(text: string, waiting: boolean): void {
    showProblem(problem, '');
    verdict.textContent = waiting ? `${text} …` : text;
    verdict.classList.toggle('none', waiting);
    if (waiting) time.textContent = '';
    bars.classList.toggle('old', waiting);
  }

  #fail(reason: unknown): void {
    this.#say('', false);
    bars.replaceChildren();
    time.textContent = '';
    showProblem(problem, reason);
  }
}
