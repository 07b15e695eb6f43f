/** Runs of a model that are planned already: one for each of the last few sets of types that its inputs had. */
import * as abi from './abi.js';
import { MswError } from './error.js';
import type { Instance } from './instance.js';
import type { Resolved } from './tensor.js';

/** Each has its own block of activations. */
const MOST_PLANS = 4;

export class Plans {
  readonly #instance: Instance;
  readonly #model: number;
  /** By types, the one unused for longest first: a Map keeps its order. */
  readonly #runs = new Map<string, number>();
  /** The run used last. What its states hold, the parameters that the model writes to, goes on to the next. */
  #last: number | undefined;
  #held: Uint8Array[] = [];

  constructor(instance: Instance, model: number) {
    this.#instance = instance;
    this.#model = model;
  }

  /** The run for inputs of these types. */
  get(inputs: readonly Resolved[]): number {
    const types = JSON.stringify(inputs.map(({ dtype, shape }) => [dtype.id, shape]));
    let run = this.#runs.get(types);
    if (run !== undefined && run === this.#last) return run;
    if (this.#last !== undefined) this.#held = this.#states(this.#last).map((bytes) => bytes.slice());
    this.#last = undefined;
    run ??= this.#make(inputs);
    this.#runs.delete(types);
    this.#runs.set(types, run);
    this.#states(run).forEach((bytes, i) => bytes.set(this.#held[i]?.subarray(0, bytes.length) ?? bytes));
    this.#last = run;
    return run;
  }

  /** The memory of a run's states. */
  #states(run: number): Uint8Array[] {
    return this.#instance.pointers('msw_run_state', run).map((pointer) => {
      const view = this.#instance.view(pointer, abi.TENSOR.bytes);
      return this.#instance.bytes(view.getUint32(abi.TENSOR.data, true), view.getUint32(abi.TENSOR.size, true));
    });
  }

  /** Where memory does not suffice, the other plans give theirs. */
  #make(inputs: readonly Resolved[]): number {
    for (const types of [...this.#runs.keys()].slice(0, Math.max(0, this.#runs.size - MOST_PLANS + 1)))
      this.#end(types);
    try {
      return this.#new(inputs);
    } catch (error) {
      if (!(error instanceof MswError && error.status === 'limit' && this.#runs.size > 0)) throw error;
      this.free();
      return this.#new(inputs);
    }
  }

  #new(inputs: readonly Resolved[]): number {
    return this.#instance.borrow(Math.max(inputs.length, 1) * abi.TYPE.bytes, (types) => {
      const view = this.#instance.view(types, inputs.length * abi.TYPE.bytes);
      inputs.forEach(({ dtype, shape }, i) => {
        view.setInt32(i * abi.TYPE.bytes + abi.TYPE.dtype, dtype.id, true);
        view.setInt32(i * abi.TYPE.bytes + abi.TYPE.rank, shape.length, true);
        shape.forEach((size, d) => view.setInt32(i * abi.TYPE.bytes + abi.TYPE.dims + 4 * d, size, true));
      });
      return this.#instance.pointer('msw_run_new', this.#model, types);
    });
  }

  #end(types: string): void {
    const run = this.#runs.get(types);
    this.#runs.delete(types);
    if (run !== undefined && !this.#instance.trapped) this.#instance.call('msw_run_free', run);
  }

  /** Give back the memory of all. */
  free(): void {
    this.#last = undefined;
    for (const types of [...this.#runs.keys()]) this.#end(types);
  }
}
