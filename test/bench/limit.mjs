// Assembles the loop that measures the limit of 128-bit SIMD: as many independent sums as hide the latency.
import wabt from 'wabt';

const SUMS = 12; // 2 multiply-adds a cycle of 4 cycles' latency take 8; with factor and addend 14 of 16 registers
const STEPS = 1 << 20;
const LANES = 4;

function text(relaxed) {
  const sums = Array.from({ length: SUMS }, (_, i) => `$s${i}`);
  const step = (sum) =>
    relaxed
      ? `(local.set ${sum} (f32x4.relaxed_madd (local.get ${sum}) (local.get $x) (local.get $y)))`
      : `(local.set ${sum} (f32x4.add (f32x4.mul (local.get ${sum}) (local.get $x)) (local.get $y)))`;
  const all = sums.reduce((sum, each) => `(f32x4.add ${sum} (local.get ${each}))`, '(v128.const f32x4 0 0 0 0)');
  return `(module
    (global (export "flops") f64 (f64.const ${STEPS * SUMS * LANES * 2}))
    (func (export "loop") (result f32)
      (local $i i32) (local $x v128) (local $y v128) ${sums.map((sum) => `(local ${sum} v128)`).join(' ')}
      (local.set $x (v128.const f32x4 0.5 0.5 0.5 0.5))
      (local.set $y (v128.const f32x4 1 1 1 1))
      (local.set $i (i32.const ${STEPS}))
      (loop $again
        ${sums.map(step).join('\n')}
        (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
      (f32x4.extract_lane 0 ${all})))`;
}

export async function limitModule(relaxed) {
  const features = { simd: true, relaxed_simd: relaxed };
  const module = (await wabt()).parseWat('limit.wat', text(relaxed), features);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}
