/** The drawing area: strokes from any pointer, and the two pictures of a digit (as drawn, as 8x8 squares). */
import { SIDE, type Point, type Stroke } from './reduce.js';

/** The width of the drawn line, of the side of the area. */
const PEN = 0.055;

function colour(canvas: HTMLCanvasElement, name: string): string {
  return getComputedStyle(canvas).getPropertyValue(name).trim();
}

function cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser has no 2D canvas');
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}

/** Grey values as squares; `gap` in canvas points between them. */
export function paintGrey(canvas: HTMLCanvasElement, grey: Uint8Array, gap: number): void {
  const context = cleared(canvas);
  const side = canvas.width / SIDE;
  grey.forEach((value, i) => {
    context.fillStyle = colour(canvas, '--cell');
    context.globalAlpha = 1;
    const square = [
      (i % SIDE) * side + gap / 2,
      Math.floor(i / SIDE) * side + gap / 2,
      side - gap,
      side - gap,
    ] as const;
    context.fillRect(...square);
    context.fillStyle = colour(canvas, '--pen');
    context.globalAlpha = value / 255;
    context.fillRect(...square);
  });
  context.globalAlpha = 1;
}

export function paintStrokes(canvas: HTMLCanvasElement, strokes: readonly Stroke[]): void {
  const context = cleared(canvas);
  Object.assign(context, {
    lineCap: 'round',
    lineJoin: 'round',
    lineWidth: PEN * canvas.width,
    strokeStyle: colour(canvas, '--pen'),
  });
  for (const stroke of strokes) {
    context.beginPath();
    // A dot is a line of no length: it still gets its round ends.
    stroke.forEach(({ x, y }, i) =>
      i === 0
        ? context.moveTo(x * canvas.width, y * canvas.height)
        : context.lineTo(x * canvas.width, y * canvas.height),
    );
    if (stroke.length === 1 && stroke[0]) context.lineTo(stroke[0].x * canvas.width, stroke[0].y * canvas.height);
    context.stroke();
  }
}

export class Pad {
  strokes: Point[][] = [];
  #pointer: number | undefined;

  /** `begin` comes before the first point of a stroke, `change` after each move. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly begin: () => void,
    private readonly change: () => void,
  ) {
    canvas.addEventListener('pointerdown', (event) => this.#down(event));
    canvas.addEventListener('pointermove', (event) => this.#move(event));
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, (event) => {
        if (event.pointerId === this.#pointer) this.#pointer = undefined;
      });
    }
  }

  #point(event: PointerEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#pointer !== undefined) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.begin();
    this.strokes.push([this.#point(event)]);
    this.change();
  }

  #move(event: PointerEvent): void {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    this.strokes.at(-1)?.push(...(events.length > 0 ? events : [event]).map((each) => this.#point(each)));
    this.change();
  }
}
