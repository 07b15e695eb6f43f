// onnxruntime-web on its wasm provider.

/** packages: where the library is, a name or a URL. */
export const library = ({ ort }) => import(ort);

/** files: runtime, model. */
export async function create({ library: ort, files, meta, feeds, threads }) {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmBinary = files.runtime;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(files.model, { executionProviders: ['wasm'] });
  const tensors = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [name, new ort.Tensor(dtype, data, shape)]),
  );
  const run = async () => {
    const outputs = await session.run(tensors);
    return session.outputNames.map((name) => outputs[name].data);
  };
  return { run, flops: meta.flops };
}
