/** The Digits tab: a bundled scan or a drawn digit goes through the model, its answer becomes ten bars. */
import { Model } from 'ms-backend-wasm';
import { byId, make, percentText, showProblem, timeText } from './dom.js';
import { Pad, paintGrey, paintStrokes } from './pad.js';
import { reduce, SIDE } from './reduce.js';

const MODEL = new URL('../../../test/models/digits.mindir', import.meta.url);
const SCANS = Object.values(
  import.meta.glob<string>('../../../test/models/digits_scans/*.png', {
    eager: true,
    query: '?url',
    import: 'default',
  }),
);

const pad = byId('pad', HTMLCanvasElement);
const seen = byId('seen', HTMLCanvasElement);
const problem = byId('digits-problem', HTMLElement);

/** Grey values of a scan: its pixels are the model's input as they stand. */
async function scanGrey(picture: HTMLImageElement): Promise<Uint8Array> {
  await picture.decode();
  const canvas = make('canvas', { width: SIDE, height: SIDE });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('this browser has no 2D canvas');
  context.drawImage(picture, 0, 0, SIDE, SIDE);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => data[4 * i] ?? 0);
}

class Bars {
  readonly #rows: { row: HTMLElement; bar: HTMLElement; percent: HTMLElement }[];

  constructor(list: HTMLElement, count: number) {
    this.#rows = Array.from({ length: count }, (_, digit) => {
      const bar = make('span', { className: 'bar' });
      const percent = make('span', { className: 'percent' });
      const row = make(
        'li',
        {},
        make('span', { className: 'digit' }, String(digit)),
        make('span', { className: 'track' }, bar),
        percent,
      );
      return { row, bar, percent };
    });
    list.replaceChildren(...this.#rows.map(({ row }) => row));
    this.show([]);
  }

  /** Probabilities by digit; none: no answer. Returns the most likely digit, -1 for none. */
  show(probabilities: ArrayLike<number>): number {
    const best = Array.from(probabilities).reduce((most, p, i, all) => (p > (all[most] ?? -1) ? i : most), -1);
    this.#rows.forEach(({ row, bar, percent }, i) => {
      const p = probabilities[i];
      row.classList.toggle('best', i === best);
      bar.style.setProperty('--share', String(p ?? 0));
      percent.textContent = p === undefined ? '' : percentText(p);
    });
    return best;
  }
}

export class Digits {
  readonly #model: Promise<Model>;
  readonly #pad: Pad;
  readonly #bars = new Bars(byId('bars', HTMLElement), 10);
  readonly #buttons: HTMLButtonElement[] = [];
  #scan: Uint8Array | undefined;
  #drawn = false;

  constructor() {
    this.#model = Model.load(MODEL);
    this.#model.catch((error: unknown) => showProblem(problem, error));
    this.#pad = new Pad(
      pad,
      () => this.#startDrawing(),
      () => this.#later(),
    );
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.#clear());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#paint());
    this.#makeScans();
    this.#clear();
    this.#buttons[0]?.click();
  }

  #makeScans(): void {
    const buttons = SCANS.map((url, digit) => {
      const picture = make('img', { src: url, alt: `Scan of a ${digit}`, width: SIDE, height: SIDE });
      const button = make('button', { type: 'button', className: 'scan' }, picture);
      button.setAttribute('aria-pressed', 'false');
      button.addEventListener('click', () => void this.#choose(button, picture));
      return button;
    });
    this.#buttons.push(...buttons);
    byId('scans', HTMLElement).replaceChildren(...buttons);
  }

  #press(chosen?: HTMLButtonElement): void {
    for (const button of this.#buttons) button.setAttribute('aria-pressed', String(button === chosen));
  }

  async #choose(button: HTMLButtonElement, picture: HTMLImageElement): Promise<void> {
    this.#press(button);
    try {
      this.#scan = await scanGrey(picture);
    } catch (cause) {
      return showProblem(problem, `${picture.src}: the scan cannot be shown (${(cause as Error).message})`);
    }
    this.#pad.strokes = [];
    await this.#classify();
  }

  #startDrawing(): void {
    if (this.#scan) this.#pad.strokes = [];
    this.#scan = undefined;
    this.#press();
  }

  #clear(): void {
    this.#scan = undefined;
    this.#pad.strokes = [];
    this.#press();
    void this.#classify();
  }

  /** Once a frame is often enough: a mouse reports a thousand times a second. */
  #later(): void {
    if (this.#drawn) return;
    this.#drawn = true;
    requestAnimationFrame(() => {
      this.#drawn = false;
      void this.#classify();
    });
  }

  #paint(): Uint8Array {
    const grey = this.#scan ?? reduce(this.#pad.strokes);
    if (this.#scan) paintGrey(pad, grey, 0);
    else paintStrokes(pad, this.#pad.strokes);
    paintGrey(seen, grey, 4);
    return grey;
  }

  async #classify(): Promise<void> {
    const grey = this.#paint();
    const blank = this.#scan === undefined && this.#pad.strokes.length === 0;
    if (blank) return this.#say([], '');
    try {
      const model = await this.#model;
      const [input] = model.inputs;
      const start = performance.now();
      const outputs = await model.run({ [input?.name ?? '']: Float32Array.from(grey) });
      const time = performance.now() - start;
      const probabilities = Object.values(outputs)[0]?.data ?? [];
      showProblem(problem, '');
      this.#say(probabilities as ArrayLike<number>, `The model took ${timeText(time)}, on one thread.`);
    } catch (error) {
      this.#say([], '');
      byId('verdict', HTMLElement).textContent = '';
      byId('verdict', HTMLElement).textContent = '';
      showProblem(problem, error);
    }
  }

  #say(probabilities: ArrayLike<number>, time: string): void {
    const best = this.#bars.show(probabilities);
    const verdict = byId('verdict', HTMLElement);
    const share = probabilities[best];
    const text = share === undefined ? 'Nothing to read yet' : `It reads ${best}`;
    verdict.classList.toggle('none', share === undefined);
    if (verdict.textContent !== text)
      verdict.replaceChildren(...(share === undefined ? [text] : ['It reads ', make('b', {}, String(best))]));
    byId('digits-time', HTMLElement).textContent = time;
  }
}
