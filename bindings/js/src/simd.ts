/**
 * Whether this browser or Node runs the module's 128-bit SIMD; without it compiling fails with a message about opcodes.
 */
import { MswError } from './error.js';

/** `(module (func (result v128) i32.const 0 i8x16.splat))` */
// prettier-ignore
const PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version 1
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, // types: () -> v128
  0x03, 0x02, 0x01, 0x00, // functions: one, of type 0
  0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b, // code: i32.const 0, i8x16.splat, end
]);

/** The same with two splats and an i8x16.relaxed_swizzle. */
// prettier-ignore
const RELAXED_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
  0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b,
  0x03, 0x02, 0x01, 0x00,
  0x0a, 0x0f, 0x01, 0x0d, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x80, 0x02, 0x0b,
]);

/** Whether the relaxed module runs. */
export function hasRelaxedSimd(): boolean {
  return typeof WebAssembly !== 'undefined' && WebAssembly.validate(RELAXED_PROBE);
}

export function checkSimd(): void {
  if (typeof WebAssembly === 'undefined') {
    throw new MswError('unsupported', 'this browser has no WebAssembly, or it is switched off');
  }
  if (!WebAssembly.validate(PROBE)) {
    throw new MswError(
      'unsupported',
      'this browser or its processor has no WebAssembly SIMD, which the module needs; ' +
        'Chrome and Edge since 91, Firefox since 89, Safari since 16.4 and Node since 16.4 have it',
    );
  }
}
