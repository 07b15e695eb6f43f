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
  /** Why it is not the fastest, or has fewer threads than were asked for. */
  readonly notes: readonly string[];
}

export interface Chosen extends Compiled {
  readonly build: Build;
}

export interface ThreadOptions {
  /**
   * Threads that compute, the caller's included: 1 by default. The answer is the same for any number. Where there can be
   * fewer, there are fewer, and a note.
   */
  readonly threads?: number;
}

/** Bundlers know this form and carry the files along. */
const PLAIN = new URL('ms_backend_wasm.wasi.wasm', import.meta.url);
const RELAXED = new URL('ms_backend_wasm-relaxed.wasm', import.meta.url);
const THREADS = new URL('ms_backend_wasm-threads.wasm', import.meta.url);
const RELAXED_THREADS = new URL('ms_backend_wasm-relaxed-threads.wasm', import.meta.url);

/** `threads`: the one that can share its loops; `notes`: what there is to be said already. */
export async function choose(
  { module, exact = false }: BuildOptions,
  threads: boolean,
  notes: string[],
): Promise<Chosen> {
  if (module !== undefined) {
    if (exact) throw new MswError('usage', 'exact: chooses a module of this package, but module: gives another');
    return { ...(await compile(module)), build: { name: 'given', notes } };
  }
  let relaxed = !exact && hasRelaxedSimd();
  if (!exact && !relaxed) notes.push('this browser or Node has no relaxed SIMD');
  for (;;) {
    const url = relaxed ? (threads ? RELAXED_THREADS : RELAXED) : threads ? THREADS : PLAIN;
    try {
      return { ...(await compile(url)), build: { name: relaxed ? 'relaxed' : 'plain', notes } };
    } catch (error) {
      if (!(error instanceof MswError) || error.status !== 'fetch' || url === PLAIN) throw error;
      notes.push(
        `${threads ? 'one thread: the module with threads' : 'the relaxed module'} did not come: ${error.message}`,
      );
      if (threads) threads = false;
      else relaxed = false;
    }
  }
}
