/** A model: loaded once, run often. */
import * as abi from './abi.js';
import type { Build, BuildOptions, ThreadOptions } from './builds.js';
import { byteSource, NO_FILE, type ByteSource } from './bytes.js';
import { MswError } from './error.js';
import { baseOf, type Source } from './fetch.js';
import { Instance } from './instance.js';
import { ModelFiles, type ModelFileSources } from './model_files.js';
import { Runner, type NamedTensor } from './runner.js';
import { DTypes, type Resolved, type Tensor, type TensorInfo, type TensorLike } from './tensor.js';

export interface LoadOptions extends BuildOptions, ThreadOptions {
  /**
   * Where the weights are that the model has in files of their own, by the names that it gives them: by default beside
   * the model's URL, or that of the module which holds the model.
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

/** A module either loads a model or holds one. */
function checkKind(instance: Instance, source: Source | null): void {
  if (instance.kind === 'model' && source !== null)
    throw new MswError('usage', 'the module holds a model of its own, expected null in place of a model');
  if (instance.kind !== 'model' && source === null)
    throw new MswError('usage', `a model is missing: the module is of kind ${instance.kind}, it does not hold one`);
}

/** Where files of weights are looked for. */
async function folderOf(source: Source | null, { module }: LoadOptions): Promise<URL | undefined> {
  if (source !== null) return baseOf(source);
  return module === undefined || module instanceof WebAssembly.Module ? undefined : baseOf(module);
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
  #instance: Instance;
  #dtypes: DTypes;
  #runner: Runner | undefined;

  private constructor(instance: Instance, dtypes: DTypes, runner: Runner) {
    this.build = instance.build;
    this.#instance = instance;
    this.#dtypes = dtypes;
    this.#runner = runner;
    this.inputs = runner.inputs;
    this.outputs = runner.outputs;
  }

  /**
   * Load a model from its URL, a response, a file, or its bytes; null for a `module` that holds its model. Each model has an
   * instance of the module to itself, so one that traps takes no other along.
   */
  static async load(source: Source | null, options: LoadOptions = {}): Promise<Model> {
    const fetching = new AbortController();
    const opening = source === null ? Promise.resolve(NO_FILE) : byteSource(source, 'model', fetching.signal);
    const creating = Instance.create(options);
    try {
      const [instance, file] = await Promise.all([creating, opening]);
      checkKind(instance, source);
      return await Model.#of(instance, file, await folderOf(source, options), options);
    } catch (error) {
      // What is still on its way is of no use: threads that come after the model was not found, or the model's bytes,
      // which would stand in the way of those who try again.
      fetching.abort();
      creating.then((instance) => instance.threads?.end()).catch(() => {});
      throw error;
    }
  }

  static async #of(instance: Instance, file: ByteSource, base: URL | undefined, options: LoadOptions): Promise<Model> {
    const files = new ModelFiles(instance, file, base, options.files);
    try {
      const dtypes = new DTypes(instance);
      const model = new Model(instance, dtypes, new Runner(instance, dtypes, await load(instance, file, files)));
      await instance.threads?.ready();
      return model;
    } catch (error) {
      throw named(error, file.name);
    } finally {
      await files.close();
    }
  }

  /** How many threads compute, the caller's included; `build.notes` says why, where that is fewer than was asked for. */
  get threads(): number {
    return 1 + (this.#instance.threads?.count ?? 0);
  }

  /** One tensor for each input, by name; the answer has one for each output. */
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
    return Object.fromEntries((await this.#answer(resolved)).map(({ name, ...tensor }) => [name, tensor]));
  }

  async #answer(inputs: readonly Resolved[]): Promise<NamedTensor[]> {
    const { threads } = this.#instance;
    if (threads?.ending) await threads.ending;
    const outputs = this.#runner?.run(inputs);
    if (outputs) return outputs;
    await threads?.end('one of them died in the middle of its work');
    const again = this.#runner?.run(inputs);
    if (!again) throw new MswError('usage', 'the model was disposed of while it ran');
    return again;
  }

  /** Give the model's memory back, and end its threads. */
  dispose(): void {
    this.#instance.threads?.end().catch(() => {}); // no run comes after
    this.#runner?.free();
    this.#runner = undefined;
  }
}
