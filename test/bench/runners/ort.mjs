// onnxruntime-web on its wasm provider.
import * as ort from 'onnxruntime-web';

/** files: runtime, model. */
export async function create({ files, meta, feeds, threads }) {
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
