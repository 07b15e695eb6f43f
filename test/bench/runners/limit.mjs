// The most that 128-bit SIMD gives here: a loop of multiply-adds that never leaves the registers.

/** files: module (limit.mjs of the folder above makes it). */
export async function create({ files }) {
  const { instance } = await WebAssembly.instantiate(files.module);
  const { loop, flops } = instance.exports;
  return { run: async () => [loop()], flops: flops.value };
}
