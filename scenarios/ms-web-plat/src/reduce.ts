/**
 * From pen strokes to the 8x8 grey values that the model was trained on, made the way scikit-learn's digits were made.
 *
 * Those come from the UCI data set "Optical Recognition of Handwritten Digits" (E. Alpaydin, C. Kaynak, 1998). Its
 * description says: NIST's preprocessing programs gave normalised 32x32 bitmaps; these were divided into blocks of 4x4,
 * and the number of points with ink was counted in each block, 0 to 16. What NIST's programs (M. D. Garris et al.,
 * "NIST Form-Based Handprint Recognition System", NISTIR 5469, 1994) make even was measured on
 * test/models/digits_heldout.npy: the size (all rows have ink, the outer columns have nearly none: a box of 20 by 32
 * points in the middle) and the thickness of the strokes (302 to 328 points with ink on average in every class, in a 1
 * as many as in an 8).
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Stroke = readonly Point[];

const BITMAP = 32;
const BLOCK = 4;
export const SIDE = BITMAP / BLOCK;
const BOX_WIDTH = 20;
const BOX_HEIGHT = 32;
const INK = 313;
const THINNEST = 2;
const THICKEST = 11;

/** How far p is from the line between a and b, squared. */
function distance2(p: Point, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length2));
  return (p.x - a.x - t * dx) ** 2 + (p.y - a.y - t * dy) ** 2;
}

/** A wide character is narrowed to the box, but not beyond this: a dash does not become a bar. */
const MOST_NARROWING = 2;

/**
 * Scaled to the height of the box, narrowed where it is too wide for it, and moved to its middle, a pen of this width
 * included.
 */
function normalise(strokes: readonly Stroke[], pen: number): Stroke[] {
  const points = strokes.flat();
  const [left, right] = [Math.min(...points.map(({ x }) => x)), Math.max(...points.map(({ x }) => x))];
  const [top, bottom] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  const widest = (BOX_WIDTH - pen) / Math.max(right - left, 1e-6);
  const scaleY = Math.min((BOX_HEIGHT - pen) / Math.max(bottom - top, 1e-6), MOST_NARROWING * widest);
  const scaleX = Math.min(scaleY, widest);
  const place = ({ x, y }: Point): Point => ({
    x: BITMAP / 2 + scaleX * (x - (left + right) / 2),
    y: BITMAP / 2 + scaleY * (y - (top + bottom) / 2),
  });
  return strokes.map((stroke) => stroke.map(place));
}

/** Points closer than this, in bitmap points, add work and no shape. */
const STEP = 0.75;

function thinned(stroke: Stroke): Stroke {
  const kept: Point[] = [];
  stroke.forEach((point, i) => {
    const last = kept.at(-1);
    if (!last || i === stroke.length - 1 || Math.hypot(point.x - last.x, point.y - last.y) >= STEP) kept.push(point);
  });
  return kept;
}

/** Which of the 32x32 points a round pen of this width inks. */
function bitmap(strokes: readonly Stroke[], pen: number): boolean[] {
  const lines = normalise(strokes, pen)
    .map(thinned)
    .flatMap((stroke) => stroke.map((point, i) => [stroke[Math.max(i - 1, 0)] ?? point, point] as const));
  return Array.from({ length: BITMAP * BITMAP }, (_, i) => {
    const centre = { x: (i % BITMAP) + 0.5, y: Math.floor(i / BITMAP) + 0.5 };
    return lines.some(([a, b]) => distance2(centre, a, b) <= (pen / 2) ** 2);
  });
}

/** The pen width that comes nearest to the usual amount of ink: more width is more ink, so halving finds it. */
function inked(strokes: readonly Stroke[]): boolean[] {
  let [thin, thick] = [THINNEST, THICKEST];
  let points = bitmap(strokes, thick);
  for (let i = 0; i < 6 && thick - thin > 0.2; i++) {
    const pen = (thin + thick) / 2;
    points = bitmap(strokes, pen);
    if (points.filter(Boolean).length < INK) thin = pen;
    else thick = pen;
  }
  return points;
}

/** Grey values 0 (paper) to 255 (ink), row by row; all 0 without strokes. */
export function reduce(strokes: readonly Stroke[]): Uint8Array {
  const counts = new Uint8Array(SIDE * SIDE);
  if (strokes.flat().length === 0) return counts;
  inked(strokes).forEach((ink, i) => {
    const block = Math.floor(i / BITMAP / BLOCK) * SIDE + Math.floor((i % BITMAP) / BLOCK);
    if (ink) counts[block] = (counts[block] ?? 0) + 1;
  });
  return counts.map((count) => Math.round((count * 255) / (BLOCK * BLOCK)));
}
