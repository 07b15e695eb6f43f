/** The module's contract as docs/ABI.md gives it: exports, numbers, and where each field of a struct lies in wasm32. */
import { MswError, type MswStatus } from './error.js';

export const ABI_VERSION = 1;
export const MAX_RANK = 8;
/** Of weights, beside a model. */
export const MAX_FILES = 64;

/** enum msw_status: 0 and 1 are no errors. */
export const OK = 0;
export const MORE = 1;
/** Of a run, in the middle of which a thread died. */
export const LOST = 6;
const STATUSES: Record<number, MswStatus> = { 2: 'usage', 3: 'invalid', 4: 'limit', 5: 'unsupported' };

/** A failed call's status; a number that the contract does not have is the module's fault. */
export function statusName(status: number): MswStatus {
  return STATUSES[status] ?? 'invalid';
}

/** enum msw_module_kind. */
export const KINDS = { 1: 'library', 2: 'operators', 3: 'model' } as const;
export type ModuleKind = (typeof KINDS)[keyof typeof KINDS];

/** enum msw_answer: how the 2020 JSON shows an operator's answer. */
export const ANSWERS = { 0: 'array', 1: 'numeric', 2: 'max-index' } as const;
export type Answer = (typeof ANSWERS)[keyof typeof ANSWERS];

/** enum msw_attr_kind. */
export const ATTR_KINDS = { 1: 'int', 2: 'ints', 3: 'float', 4: 'floats' } as const;
export type AttrKind = (typeof ATTR_KINDS)[keyof typeof ATTR_KINDS];

export const ERROR = { bytes: 24, status: 0, node: 4, offset: 8, text: 16 } as const;
export const TYPE = { bytes: 40, dtype: 0, rank: 4, dims: 8 } as const;
export const TENSOR = { bytes: 52, name: 0, data: 4, size: 8, type: 12 } as const;
export const DTYPE = { bytes: 20, dtype: 0, number: 4, size: 8, name: 12, label: 16 } as const;
export const ATTR_SPEC = { bytes: 12, name: 0, kind: 4, required: 8 } as const;
export const OPERATOR = {
  bytes: 32,
  name: 0,
  dtypes: 4,
  answer: 8,
  inputsMin: 12,
  inputsMax: 16,
  outputs: 20,
  attrCount: 24,
  attrs: 28,
} as const;
export const ATTR = { bytes: 16, name: 0, kind: 4, count: 8, values: 12 } as const;
export const REQUEST = { bytes: 24, offset: 0, destination: 8, size: 12, file: 16 } as const;

/** Every function of the contract, with its number of parameters. */
const FUNCTIONS = {
  msw_abi_version: 0,
  msw_module_kind: 0,
  msw_error: 0,
  msw_peak: 1,
  msw_alloc: 1,
  msw_free: 1,
  msw_tune: 1,
  msw_dtype_at: 1,
  msw_operator_at: 1,
  msw_model_open: 1,
  msw_load_step: 2,
  msw_model_file: 2,
  msw_model_file_size: 3,
  msw_model_from_operator: 4,
  msw_model_free: 1,
  msw_model_info: 1,
  msw_model_input: 2,
  msw_model_output: 2,
  msw_model_state: 2,
  msw_model_node: 2,
  msw_model_pass: 2,
  msw_run_new: 2,
  msw_run_free: 1,
  msw_run_input: 2,
  msw_run_output: 2,
  msw_run_state: 2,
  msw_run_plan: 1,
  msw_run_next_step: 1,
  msw_run: 1,
  msw_run_some: 2,
  msw_run_restart: 1,
} as const;

/** What a module with threads has besides. */
const THREAD_FUNCTIONS = { msw_thread_new: 0, msw_thread_run: 1, msw_threads_end: 0 } as const;

export type FunctionName = keyof typeof FUNCTIONS;
export type ThreadFunctionName = keyof typeof THREAD_FUNCTIONS;
export type Callable = (...args: (number | bigint)[]) => unknown;
/** Those of threads are there where the module imports its memory. */
export type Functions = Record<FunctionName | ThreadFunctionName, Callable>;

function wrong(source: string, what: string): MswError {
  return new MswError('invalid', `${source}: ${what}`);
}

/** Before anything runs: a module of ours imports nothing, or, with threads, its memory alone: true. */
export function checkImports(module: WebAssembly.Module, source: string): boolean {
  const [first, second] = WebAssembly.Module.imports(module);
  if (!first) return false;
  if (!second && first.module === 'env' && first.name === 'memory' && first.kind === 'memory') return true;
  const exported = new Set(WebAssembly.Module.exports(module).map((entry) => entry.name));
  if (exported.has('run') && !exported.has('msw_abi_version')) {
    throw wrong(
      source,
      `looks like the module of 2020 (it exports 'run' and imports ${first.module}); expected one that ` +
        `exports msw_abi_version and imports nothing`,
    );
  }
  throw wrong(source, `imports '${first.module}.${first.name}', expected a module without imports`);
}

/**
 * All exports, before the first call. JavaScript sees how many parameters a function has, not their types: a wrong type
 * shows in the call, where Instance turns it into an MswError.
 */
export function checkExports(
  exports: WebAssembly.Exports,
  source: string,
  threads: boolean,
): { memory: WebAssembly.Memory; functions: Functions } {
  const memory = exports['memory'];
  if (memory === undefined) throw wrong(source, `export 'memory' missing: not a module of ms-backend-wasm`);
  if (!(memory instanceof WebAssembly.Memory)) throw wrong(source, `export 'memory' is not a memory`);
  for (const [name, parameters] of Object.entries({ ...FUNCTIONS, ...(threads && THREAD_FUNCTIONS) })) {
    const value = exports[name];
    if (value === undefined) throw wrong(source, `export '${name}' missing`);
    if (typeof value !== 'function') throw wrong(source, `export '${name}' is not a function`);
    if (value.length !== parameters) {
      throw wrong(source, `export '${name}' takes ${value.length} parameters, expected ${parameters}`);
    }
  }
  return { memory, functions: exports as unknown as Functions };
}
