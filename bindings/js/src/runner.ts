/** A model inside the module and its current run: planned anew only when the types of the inputs change. */
import * as abi from './abi.js';
import type { Instance } from './instance.js';
import { type DTypes, type Resolved, type Tensor, type TensorInfo } from './tensor.js';

export type NamedTensor = Tensor & { readonly name: string };

export class Runner {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #instance: Instance;
  readonly #dtypes: DTypes;
  #model: number;
  #run = 0;
  #planned = '';

  /** Takes over the model. */
  constructor(instance: Instance, dtypes: DTypes, model: number) {
    this.#instance = instance;
    this.#dtypes = dtypes;
    this.#model = model;
    this.inputs = this.#pointers('msw_model_input', model).map((pointer) => dtypes.info(pointer));
    this.outputs = this.#pointers('msw_model_output', model).map((pointer) => dtypes.info(pointer));
  }

  #pointers(name: abi.FunctionName, owner: number): number[] {
    const found: number[] = [];
    for (let pointer; (pointer = this.#instance.call(name, owner, found.length)) !== 0;) {
      if (found.length === 4096) throw this.#instance.fault(`${name} gives more than 4096 tensors`);
      found.push(pointer);
    }
    return found;
  }

  #plan(inputs: readonly Resolved[]): void {
    const wanted = JSON.stringify(inputs.map(({ dtype, shape }) => [dtype.id, shape]));
    if (this.#run !== 0 && wanted === this.#planned) return;
    this.#freeRun();
    this.#instance.borrow(Math.max(inputs.length, 1) * abi.TYPE.bytes, (types) => {
      const view = this.#instance.view(types, inputs.length * abi.TYPE.bytes);
      inputs.forEach(({ dtype, shape }, i) => {
        view.setInt32(i * abi.TYPE.bytes + abi.TYPE.dtype, dtype.id, true);
        view.setInt32(i * abi.TYPE.bytes + abi.TYPE.rank, shape.length, true);
        shape.forEach((size, d) => view.setInt32(i * abi.TYPE.bytes + abi.TYPE.dims + 4 * d, size, true));
      });
      this.#run = this.#instance.pointer('msw_run_new', this.#model, types);
    });
    this.#planned = wanted;
  }

  /** Without a pause inside: nothing else can use the run between planning it and reading its outputs. */
  run(inputs: readonly Resolved[]): NamedTensor[] {
    this.#plan(inputs);
    const instance = this.#instance;
    const tensors = this.#pointers('msw_run_input', this.#run);
    inputs.forEach(({ data }, i) => {
      const room = this.#dtypes.bytes(tensors[i] ?? 0);
      if (room.length !== data.byteLength)
        throw instance.fault(`input ${i} takes ${room.length} bytes, expected ${data.byteLength}`);
      room.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    });
    if (instance.call('msw_run', this.#run) !== abi.OK) throw instance.error('msw_run');
    return this.#pointers('msw_run_output', this.#run).map((pointer) => this.#dtypes.read(pointer));
  }

  #freeRun(): void {
    if (this.#run !== 0 && !this.#instance.trapped) this.#instance.call('msw_run_free', this.#run);
    this.#run = 0;
  }

  free(): void {
    this.#freeRun();
    if (this.#model !== 0 && !this.#instance.trapped) this.#instance.call('msw_model_free', this.#model);
    this.#model = 0;
  }
}
