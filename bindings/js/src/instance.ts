/** One running instance of a module: checking, calling, and reading memory of which nothing is taken on trust. */
import * as abi from './abi.js';
import { choose, type Build, type BuildOptions, type Chosen, type ThreadOptions } from './builds.js';
import { MswError } from './error.js';
import { sharedMemory, Threads, threadsFor } from './threads.js';

/** Names of a model are short; a string without an end would be the whole memory. */
const LONGEST_STRING = 65536;

export class Instance {
  readonly kind: abi.ModuleKind;
  readonly build: Build;
  /** That share its loops, where there are some. */
  threads: Threads | undefined;
  readonly #memory: WebAssembly.Memory;
  readonly #functions: abi.Functions;
  readonly #compiled: Chosen;
  #trapped: MswError | undefined;

  private constructor(exports: WebAssembly.Exports, from: Chosen, threads: boolean) {
    this.#compiled = from;
    this.build = from.build;
    const checked = abi.checkExports(exports, from.name, threads);
    this.#memory = checked.memory;
    this.#functions = checked.functions;
    if (typeof exports['_initialize'] === 'function')
      this.#guard('_initialize', exports['_initialize'] as () => unknown, []);
    const version = this.call('msw_abi_version');
    if (version !== abi.ABI_VERSION)
      throw this.fault(`has ABI version ${version}, this package speaks ${abi.ABI_VERSION}`);
    const kind = this.call('msw_module_kind');
    const name = (abi.KINDS as Record<number, abi.ModuleKind>)[kind];
    if (!name) throw this.fault(`says it is of module kind ${kind}, known are 1 to 3`);
    this.kind = name;
  }

  static async create(options: BuildOptions & ThreadOptions): Promise<Instance> {
    const { count, notes } = threadsFor(options.threads ?? 1);
    const memory = count > 1 ? sharedMemory() : undefined;
    if (count > 1 && !memory) notes.push('one thread: no shared memory is to be had');
    const instance = await Instance.#of(await choose(options, memory !== undefined, notes), memory);
    if (instance.#shared) instance.#startThreads(instance.#shared, count - 1, notes);
    else if (count > 1 && options.module !== undefined) notes.push('one thread: the module given has no threads');
    return instance;
  }

  static async #of(from: Chosen, memory?: WebAssembly.Memory): Promise<Instance> {
    const threads = abi.checkImports(from.module, from.name);
    if (threads) memory ??= sharedMemory();
    if (threads && !memory)
      throw new MswError('unsupported', `${from.name}: needs shared memory, which is not to be had here`);
    let instance;
    try {
      instance = await WebAssembly.instantiate(
        from.module,
        threads ? { env: { memory: memory as WebAssembly.Memory } } : {},
      );
    } catch (cause) {
      throw new MswError('limit', `${from.name}: cannot be started: ${(cause as Error).message}`, { cause });
    }
    return new Instance(instance.exports, from, threads);
  }

  /** Its memory, where that can be shared. */
  get #shared(): WebAssembly.Memory | undefined {
    const { buffer } = this.#memory;
    return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer ? this.#memory : undefined;
  }

  #startThreads(memory: WebAssembly.Memory, count: number, notes: string[]): void {
    if (count === 0) return;
    const { module } = this.#compiled;
    const starts = Array.from({ length: count }, () => {
      const block = this.#callThreads('msw_thread_new');
      if (block === 0) throw this.error('msw_thread_new');
      this.view(block, 4);
      return { module, memory, block };
    });
    const askToEnd = (): boolean => {
      if (!this.trapped) this.#callThreads('msw_threads_end');
      return !this.trapped;
    };
    this.threads = new Threads(starts, askToEnd, (text) => notes.push(text));
  }

  #callThreads(name: abi.ThreadFunctionName): number {
    return Number(this.#guard(name, this.#functions[name], []) ?? 0) >>> 0;
  }

  /** A new instance of the same module: what is left to do after a trap. */
  again(): Promise<Instance> {
    return Instance.#of(this.#compiled);
  }

  get trapped(): boolean {
    return this.#trapped !== undefined;
  }

  /** The module, not its input, is at fault. */
  fault(what: string): MswError {
    return new MswError('invalid', `${this.#compiled.name}: ${what}`);
  }

  call(name: abi.FunctionName, ...args: (number | bigint)[]): number {
    if (this.#trapped) throw this.#trapped;
    const result = this.#guard(name, this.#functions[name], args);
    if (result === undefined) return 0;
    if (typeof result !== 'number') throw this.fault(`${name} returned a ${typeof result}, expected an i32`);
    return result >>> 0;
  }

  #guard(name: string, callee: (...args: (number | bigint)[]) => unknown, args: (number | bigint)[]): unknown {
    try {
      return callee(...args);
    } catch (cause) {
      const words = (cause as Error).message;
      if (cause instanceof TypeError) throw this.fault(`export '${name}' has a wrong signature: ${words}`);
      this.#trapped = new MswError('trap', `${this.#compiled.name}: the module trapped in ${name}: ${words}`, {
        cause,
      });
      throw this.#trapped;
    }
  }

  /** Of a call that gives a pointer, or 0 and an error. */
  pointer(name: abi.FunctionName, ...args: (number | bigint)[]): number {
    const pointer = this.call(name, ...args);
    if (pointer === 0) throw this.error(name);
    return pointer;
  }

  /** The module's last error, in its words. */
  error(failed: abi.FunctionName | abi.ThreadFunctionName): MswError {
    const view = this.view(this.call('msw_error'), abi.ERROR.bytes);
    const status = view.getInt32(abi.ERROR.status, true);
    if (status === abi.OK) return this.fault(`${failed} failed without saying why`);
    const node = view.getInt32(abi.ERROR.node, true);
    const offset = view.getBigInt64(abi.ERROR.offset, true);
    return new MswError(abi.statusName(status), this.string(view.getUint32(abi.ERROR.text, true)), {
      ...(node >= 0 && { node }),
      ...(offset >= 0n && { offset }),
    });
  }

  /** A fresh look at memory, good until the next call: memory that grows moves. */
  bytes(pointer: number, size: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#memory.buffer as ArrayBuffer;
    if (size < 0 || pointer + size > buffer.byteLength) {
      throw this.fault(`gave ${size} bytes at address ${pointer}, outside its memory of ${buffer.byteLength}`);
    }
    return new Uint8Array(buffer, pointer, size);
  }

  view(pointer: number, size: number): DataView<ArrayBuffer> {
    if (pointer === 0) throw this.fault('gave a null pointer where a struct is due');
    const bytes = this.bytes(pointer, size);
    return new DataView(bytes.buffer, bytes.byteOffset, size);
  }

  string(pointer: number): string {
    const longest = Math.min(LONGEST_STRING, this.#memory.buffer.byteLength - pointer);
    const bytes = this.bytes(pointer, Math.max(longest, 0));
    const end = bytes.indexOf(0);
    if (pointer === 0 || end < 0) throw this.fault(`gave a string without an end at address ${pointer}`);
    return new TextDecoder().decode(bytes.slice(0, end)); // a copy: browsers decode no shared memory
  }

  /** Rows of a constant table, as many as the module gives. */
  *rows(name: 'msw_dtype_at' | 'msw_operator_at', size: number): Generator<DataView<ArrayBuffer>> {
    for (let index = 0; ; index++) {
      const row = this.call(name, index);
      if (row === 0) return;
      if (index === 4096) throw this.fault(`${name} gives more than 4096 rows`);
      yield this.view(row, size);
    }
  }

  /** The tensors of a model or a run, by one of the functions that give them. */
  pointers(name: abi.FunctionName, owner: number): number[] {
    const found: number[] = [];
    for (let pointer; (pointer = this.call(name, owner, found.length)) !== 0;) {
      if (found.length === 4096) throw this.fault(`${name} gives more than 4096 tensors`);
      found.push(pointer);
    }
    return found;
  }

  alloc(size: number): number {
    const pointer = this.call('msw_alloc', size);
    if (pointer === 0) throw new MswError('limit', `out of memory: ${size} bytes were wanted`);
    return pointer;
  }

  /** Memory of the module for the time of `use`. */
  borrow<T>(size: number, use: (pointer: number) => T): T {
    const pointer = this.alloc(size);
    try {
      return use(pointer);
    } finally {
      if (!this.trapped) this.call('msw_free', pointer);
    }
  }
}
