// Assembles the loops that measure the limit of 128-bit SIMD: multiply-adds in registers, as many as hide their latency.
import wabt from 'wabt';

const STEPS = 1 << 20;
const LANES = 4;

/** How many sums, and a step of one of them. All 16 registers of x86 are in use with 13: a factor, an addend, a product. */
const LOOPS = {
  plain: { count: 13, step: (sum) => `(f32x4.add (f32x4.mul ${sum} (local.get $x)) (local.get $y))` },
  relaxed: { count: 12, step: (sum) => `(f32x4.relaxed_madd ${sum} (local.get $x) (local.get $y))` },
};

const four = (value) => `(v128.const f32x4 ${value} ${value} ${value} ${value})`;

function text({ count, step }) {
  const sums = Array.from({ length: count }, (_, i) => `$s${i}`);
  const all = sums.reduce((sum, each) => `(f32x4.add ${sum} (local.get ${each}))`, four(0));
  return `(module
    (global (export "flops") f64 (f64.const ${STEPS * LANES * 2 * count}))
    (func (export "loop") (result f32)
      (local $i i32) ${['$x', '$y', ...sums].map((name) => `(local ${name} v128)`).join(' ')}
      (local.set $x ${four(0.5)})
      (local.set $y ${four(1)})
      (local.set $i (i32.const ${STEPS}))
      (loop $again
        ${sums.map((sum) => `(local.set ${sum} ${step(`(local.get ${sum})`)})`).join('\n')}
        (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (f32x4.extract_lane 0 ${all})))`;
}

/** The bytes of a module with `loop`, and in `flops` what it does. */
export async function limitModule(variant) {
  const features = { simd: true, relaxed_simd: true };
  const module = (await wabt()).parseWat('limit.wat', text(LOOPS[variant]), features);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
