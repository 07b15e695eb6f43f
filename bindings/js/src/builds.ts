/** Which module runs: the one that the caller names, or the fastest of the package's own that this engine has all for. */
import { compile, type Compiled, type ModuleSource } from './compile.js';
import { MswError } from './error.js';
import { hasRelaxedSimd } from './simd.js';

export interface BuildOptions {
  /** The WebAssembly module: by default one of those in this package. */
  readonly module?: ModuleSource;
  /** The same bits in every engine and on every machine, which costs some speed: the package's plain module. */
  readonly exact?: boolean;
}

export interface Build {
  /** `relaxed` rounds as the engine likes where a product is added to a sum; `given` is the caller's module. */
  readonly name: 'plain' | 'relaxed' | 'given';
  /** Why it is not the fastest. */
  readonly notes: readonly string[];
}

export interface Chosen extends Compiled {
  readonly build: Build;
}

/** Bundlers know this form and carry the files along. */
const PLAIN = new URL('ms_backend_wasm.wasi.wasm', import.meta.url);
const RELAXED = new URL('ms_backend_wasm-relaxed.wasm', import.meta.url);

async function plain(...notes: string[]): Promise<Chosen> {
  return { ...(await compile(PLAIN)), build: { name: 'plain', notes } };
}

export async function choose({ module, exact = false }: BuildOptions): Promise<Chosen> {
  if (module !== undefined) {
    if (exact) throw new MswError('usage', 'exact: chooses a module of this package, but module: gives another');
    return { ...(await compile(module)), build: { name: 'given', notes: [] } };
  }
  if (exact) return plain();
  if (!hasRelaxedSimd()) return plain('this browser or Node has no relaxed SIMD');
  try {
    return { ...(await compile(RELAXED)), build: { name: 'relaxed', notes: [] } };
  } catch (error) {
    if (!(error instanceof MswError) || error.status !== 'fetch') throw error;
    return plain(`the relaxed module did not come: ${error.message}`);
  }
}
