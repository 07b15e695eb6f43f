/** A model: loaded once, run often. */
import * as abi from './abi.js';
import { MswError } from './error.js';
import { body, open, type Source } from './fetch.js';
import { Instance, type ModuleSource } from './instance.js';
import { Runner } from './runner.js';
import { DTypes, type Tensor, type TensorInfo, type TensorLike } from './tensor.js';

export interface LoadOptions {
  /** The WebAssembly module: by default the one in this package. */
  readonly module?: ModuleSource;
}

/**
 * Where the module's requests for parts of a model file are answered from. Ranges come in any order, and more than
 * once.
 */
interface ByteSource {
  readonly name: string;
  readonly size: number;
  read(offset: number, size: number): Uint8Array | Promise<Uint8Array>;
}

const NO_FILE: ByteSource = { name: '', size: 0, read: () => new Uint8Array() };

async function byteSource(source: Source): Promise<ByteSource> {
  const opened = await open(source, 'model');
  const bytes = 'bytes' in opened ? opened.bytes : await body(opened.response, opened.name);
  return { name: opened.name, size: bytes.length, read: (offset, size) => bytes.subarray(offset, offset + size) };
}

async function answer(instance: Instance, request: number, file: ByteSource): Promise<void> {
  const view = instance.view(request, abi.REQUEST.bytes);
  const offset = Number(view.getBigUint64(abi.REQUEST.offset, true));
  const size = view.getUint32(abi.REQUEST.size, true);
  const destination = view.getUint32(abi.REQUEST.destination, true);
  if (view.getUint32(abi.REQUEST.file, true) !== 0 || size === 0 || offset + size > file.size) {
    throw instance.fault(`asked for ${size} bytes at ${offset} of a model file of ${file.size} bytes`);
  }
  const bytes = await file.read(offset, size);
  instance.bytes(destination, size).set(bytes);
}

async function load(instance: Instance, file: ByteSource): Promise<number> {
  const model = instance.pointer('msw_model_open', BigInt(file.size));
  const request = instance.alloc(abi.REQUEST.bytes);
  let status;
  while ((status = instance.call('msw_load_step', model, request)) === abi.MORE) await answer(instance, request, file);
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
  #dtypes: DTypes;
  #runner: Runner | undefined;

  private constructor(dtypes: DTypes, runner: Runner) {
    this.#dtypes = dtypes;
    this.#runner = runner;
    this.inputs = runner.inputs;
    this.outputs = runner.outputs;
  }

  /**
   * Load a model from its URL, a response, or its bytes; null for a module that holds its model. Each model has an
   * instance of the module to itself, so one that traps takes no other along.
   */
  static async load(source: Source | null, options: LoadOptions = {}): Promise<Model> {
    const file = source === null ? Promise.resolve(NO_FILE) : byteSource(source);
    const [instance, { name }] = await Promise.all([Instance.create(options.module), file]);
    const dtypes = new DTypes(instance);
    try {
      return new Model(dtypes, new Runner(instance, dtypes, await load(instance, await file)));
    } catch (error) {
      throw named(error, name);
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
