/** A model inside the module: its tables, and running it. */
import * as abi from './abi.js';
import type { Instance } from './instance.js';
import { Plans } from './plans.js';
import { type DTypes, type Resolved, type Tensor, type TensorInfo } from './tensor.js';

export type NamedTensor = Tensor & { readonly name: string };

export class Runner {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #instance: Instance;
  readonly #dtypes: DTypes;
  readonly #plans: Plans;
  #model: number;

  /** Takes over the model. */
  constructor(instance: Instance, dtypes: DTypes, model: number) {
    this.#instance = instance;
    this.#dtypes = dtypes;
    this.#model = model;
    this.#plans = new Plans(instance, model);
    this.inputs = instance.pointers('msw_model_input', model).map((pointer) => dtypes.info(pointer));
    this.outputs = instance.pointers('msw_model_output', model).map((pointer) => dtypes.info(pointer));
  }

  /**
   * Without a pause inside: nothing else can use the run between planning it and reading its outputs. Undefined: a thread
   * died in the middle; when all have ended it can be run again.
   */
  run(inputs: readonly Resolved[]): NamedTensor[] | undefined {
    const run = this.#plans.get(inputs);
    const instance = this.#instance;
    const tensors = instance.pointers('msw_run_input', run);
    inputs.forEach(({ data }, i) => {
      const room = this.#dtypes.bytes(tensors[i] ?? 0);
      if (room.length !== data.byteLength)
        throw instance.fault(`input ${i} takes ${room.length} bytes, expected ${data.byteLength}`);
      room.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    });
    const status = instance.call('msw_run', run);
    if (status === abi.LOST && instance.threads?.count) return undefined;
    if (status !== abi.OK) throw instance.error('msw_run');
    return instance.pointers('msw_run_output', run).map((pointer) => this.#dtypes.read(pointer));
  }

  free(): void {
    this.#plans.free();
    if (this.#model !== 0 && !this.#instance.trapped) this.#instance.call('msw_model_free', this.#model);
    this.#model = 0;
  }
}
