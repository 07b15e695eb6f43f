// Ours, through the package as users have it.
import { Model } from '../../../bindings/js/dist/index.js';

/** files: module, model. */
export async function create({ files, meta, feeds, threads }) {
  const model = await Model.load(files.model, { module: files.module, threads });
  if (model.threads < threads) throw new Error(model.build.notes.join('; '));
  const run = async () => {
    const outputs = await model.run(feeds);
    return model.outputs.map(({ name }) => outputs[name].data);
  };
  return { run, flops: meta.flops };
}
