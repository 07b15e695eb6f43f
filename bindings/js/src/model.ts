/** A model: loaded once, run often. */
import * as abi from './abi.js';
import type { Build, BuildOptions } from './builds.js';
import { byteSource, NO_FILE, type ByteSource } from './bytes.js';
import { MswError } from './error.js';
import { baseOf, type Source } from './fetch.js';
import { Instance } from './instance.js';
import { ModelFiles, type ModelFileSources } from './model_files.js';
import { Runner } from './runner.js';
import { DTypes, type Tensor, type TensorInfo, type TensorLike } from './tensor.js';

export interface LoadOptions extends BuildOptions {
  /**
   * Where the weights are that the model has in files of their own, by the names that it gives them: by default beside
   * the model's URL.
   */
  readonly files?: ModelFileSources;
}

async function load(instance: Instance, file: ByteSource, files: ModelFiles): Promise<number> {
  const model = instance.pointer('msw_model_open', BigInt(file.size));
  const request = instance.alloc(abi.REQUEST.bytes);
  let status;
  while ((status = instance.call('msw_load_step', model, request)) === abi.MORE) await files.answer(model, request);
  if (status !== abi.OK) throw instance.error('msw_load_step');
  instance.call('msw_free', request);
  return model;
}

/** The module's words do not say which file is meant; the caller may have many. */
function named(error: unknown, name: string): unknown {
  if (!(error instanceof MswError) || name === '' || error.status === 'trap') return error;
  const { status, message, node, offset } = error;
  return new MswError(status, `${name}: ${message}`, {
    cause: error,
    ...(node !== undefined && { node }),
    ...(offset !== undefined && { offset }),
  });
}

export class Model {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Which module runs it. */
  readonly build: Build;
  #dtypes: DTypes;
  #runner: Runner | undefined;

  private constructor(dtypes: DTypes, runner: Runner, build: Build) {
    this.build = build;
    this.#dtypes = dtypes;
    this.#runner = runner;
    this.inputs = runner.inputs;
    this.outputs = runner.outputs;
  }

  /**
   * Load a model from its URL, a response, a file, or its bytes; null for a module that holds its model. Each model has an
   * instance of the module to itself, so one that traps takes no other along.
   */
  static async load(source: Source | null, options: LoadOptions = {}): Promise<Model> {
    const opening = source === null ? Promise.resolve(NO_FILE) : byteSource(source, 'model');
    const [instance, file] = await Promise.all([Instance.create(options), opening]);
    const dtypes = new DTypes(instance);
    const base = source === null ? undefined : await baseOf(source);
    const files = new ModelFiles(instance, file, base, options.files);
    try {
      return new Model(dtypes, new Runner(instance, dtypes, await load(instance, file, files)), instance.build);
    } catch (error) {
      throw named(error, file.name);
    } finally {
      await files.close();
    }
  }

  /**
   * One tensor for each input, by name; the answer has one for each output. A promise, so that threads can come without
   * a new API.
   */
  async run(inputs: Readonly<Record<string, TensorLike>>): Promise<Record<string, Tensor>> {
    if (!this.#runner) throw new MswError('usage', 'the model has been disposed of');
    const names = this.inputs.map((input) => input.name);
    const unknown = Object.keys(inputs).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new MswError(
        'usage',
        `the model has no input '${unknown}', it has ${names.map((name) => `'${name}'`).join(', ')}`,
      );
    const resolved = this.inputs.map((declared) => {
      const given = inputs[declared.name];
      if (given === undefined) throw new MswError('usage', `input '${declared.name}' is missing`);
      return this.#dtypes.resolve(given, `input '${declared.name}'`, declared);
    });
    return Object.fromEntries(this.#runner.run(resolved).map(({ name, ...tensor }) => [name, tensor]));
  }

  /** Give the model's memory back. */
  dispose(): void {
    this.#runner?.free();
    this.#runner = undefined;
  }
}
