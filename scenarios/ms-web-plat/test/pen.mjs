// Digits as people write them, in a square of side 1, and a hand that draws them with the mouse.

const arc = (x, y, rx, ry, from, to, steps = 24) =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });

/** name, digit, strokes */
export const DRAWN = [
  ['a round 0', 0, [arc(0.5, 0.5, 0.26, 0.36, -90, 270)]],
  [
    'a narrow leaning 0, left open at the top',
    0,
    [arc(0.5, 0.5, 0.17, 0.36, -70, 245).map(([x, y]) => [x + 0.1 * (0.5 - y), y])],
  ],
  ['a small 0 in a corner', 0, [arc(0.2, 0.22, 0.09, 0.13, -90, 270)]],
  [
    'a 1 of one line',
    1,
    [
      [
        [0.5, 0.12],
        [0.5, 0.88],
      ],
    ],
  ],
  [
    'a leaning 1',
    1,
    [
      [
        [0.6, 0.12],
        [0.44, 0.88],
      ],
    ],
  ],
  [
    'a 1 with a flag',
    1,
    [
      [
        [0.36, 0.32],
        [0.54, 0.12],
        [0.54, 0.88],
      ],
    ],
  ],
  [
    'a 1 with flag and foot, two strokes',
    1,
    [
      [
        [0.36, 0.3],
        [0.54, 0.12],
        [0.54, 0.88],
      ],
      [
        [0.34, 0.88],
        [0.74, 0.88],
      ],
    ],
  ],
  [
    'a 7',
    7,
    [
      [
        [0.25, 0.15],
        [0.75, 0.15],
        [0.45, 0.88],
      ],
    ],
  ],
  [
    'a 7 with a bar, two strokes',
    7,
    [
      [
        [0.25, 0.15],
        [0.75, 0.15],
        [0.42, 0.88],
      ],
      [
        [0.38, 0.5],
        [0.7, 0.5],
      ],
    ],
  ],
  [
    'a curved 7',
    7,
    [
      [
        [0.24, 0.22],
        [0.27, 0.15],
        [0.74, 0.16],
        [0.62, 0.4],
        [0.52, 0.62],
        [0.48, 0.88],
      ],
    ],
  ],
  ['a 2', 2, [[...arc(0.5, 0.32, 0.2, 0.2, 190, 390), [0.3, 0.86], [0.74, 0.86]]]],
  ['a 3', 3, [[...arc(0.47, 0.31, 0.2, 0.18, 200, 440), ...arc(0.47, 0.68, 0.23, 0.2, -80, 160)]]],
  [
    'a 4 of two strokes',
    4,
    [
      [
        [0.5, 0.12],
        [0.26, 0.6],
        [0.74, 0.6],
      ],
      [
        [0.62, 0.38],
        [0.6, 0.9],
      ],
    ],
  ],
  ['a 6', 6, [[[0.6, 0.12], [0.42, 0.34], ...arc(0.5, 0.67, 0.18, 0.2, 200, 540)]]],
  ['an 8', 8, [[...arc(0.5, 0.31, 0.16, 0.18, 90, 450), ...arc(0.5, 0.69, 0.2, 0.2, -90, 270)]]],
  ['a 9', 9, [[...arc(0.5, 0.34, 0.18, 0.2, 0, 360), [0.68, 0.34], [0.6, 0.88]]]],
];

export async function draw(tab, strokes) {
  const { x, y, width, height } = await tab.locator('#pad').boundingBox();
  const at = ([px, py]) => [x + px * width, y + py * height];
  for (const [first, ...rest] of strokes) {
    await tab.mouse.move(...at(first));
    await tab.mouse.down();
    for (const point of rest) await tab.mouse.move(...at(point), { steps: 4 });
    await tab.mouse.up();
  }
}
