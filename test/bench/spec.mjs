// What a runner is called on the command line and in the results: NAME[-VARIANT][:THREADS][@BUILD].

/** Of our module; the loaders choose "relaxed" where the engine has it. */
export const VARIANTS = ['plain', 'relaxed'];
/** Of the module that TVM made of a model: its own kernels, our schedules, and those with tuning records. */
export const TVM_VARIANTS = ['default', 'packed', 'tuned'];
const NAMES = {
  ours: VARIANTS,
  limit: VARIANTS,
  ort: [undefined],
  tfjs: [undefined],
  native: [undefined, 'avx2'],
  tvm: TVM_VARIANTS,
};

const SYNTAX = 'NAME[-VARIANT][:THREADS][@BUILD]';

/** { id, name, variant, threads, build }. build: another tree's build folder, for a comparison of two of ours. */
export function parseRunner(text) {
  const [, name, variant, threads, build] = /^([a-z]+)(?:-([a-z0-9]+))?(?::([1-9]\d?))?(?:@(.+))?$/.exec(text) ?? [];
  const variants = NAMES[name];
  if (!variants)
    throw new Error(`runner '${text}': expected ${SYNTAX} with NAME one of ${Object.keys(NAMES).join(', ')}`);
  if (!variants.includes(variant)) {
    const wanted = variants.map((each) => (each ? `${name}-${each}` : name)).join(' or ');
    throw new Error(`runner '${text}': expected ${wanted}`);
  }
  return { id: text, name, variant, threads: Number(threads ?? 1), build };
}

/** The file of our module for a runner. */
export function moduleFile({ variant, threads }) {
  const suffix = `${variant === 'relaxed' ? '-relaxed' : ''}${threads > 1 ? '-threads' : ''}`;
  return suffix === '' ? 'ms_backend_wasm.wasi.wasm' : `ms_backend_wasm${suffix}.wasm`;
}
