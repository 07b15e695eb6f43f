/** From a module's URL or bytes to what can be instantiated, with messages that tell a wrong file from a wrong engine. */
import { MswError } from './error.js';
import { body, open, type Source } from './fetch.js';
import { checkSimd, hasRelaxedSimd } from './simd.js';

export type ModuleSource = Source | WebAssembly.Module;

const compiled = new Map<string, Promise<Compiled>>();

export interface Compiled {
  readonly module: WebAssembly.Module;
  readonly name: string;
}

function compileError(name: string, cause: unknown): MswError {
  const words = (cause as Error).message;
  if (/unsafe-eval|content security policy|\bCSP\b|disallowed by embedder/i.test(words)) {
    return new MswError(
      'fetch',
      `${name}: the page's security policy forbids WebAssembly (script-src needs 'wasm-unsafe-eval')`,
      { cause },
    );
  }
  if (cause instanceof WebAssembly.CompileError && /simd/i.test(words) && !hasRelaxedSimd()) {
    return new MswError(
      'unsupported',
      `${name}: needs relaxed SIMD, which this browser or Node does not have (Chrome and Edge since 114, Node since 21); ` +
        'the plain module runs here',
      { cause },
    );
  }
  if (cause instanceof WebAssembly.CompileError) {
    return new MswError(
      'invalid',
      `${name}: not a WebAssembly module: ${words.replace(/^WebAssembly\.\w+\(\): /, '')}`,
      { cause },
    );
  }
  return new MswError('fetch', `${name}: broke off: ${words}`, { cause });
}

async function compileFresh(source: Source): Promise<Compiled> {
  checkSimd();
  const opened = await open(source, 'WebAssembly module');
  const { name } = opened;
  try {
    // Streaming insists on the MIME type; servers that do not know .wasm get the slower way.
    if ('response' in opened && /^application\/wasm\b/i.test(opened.response.headers.get('content-type') ?? '')) {
      return { name, module: await WebAssembly.compileStreaming(opened.response) };
    }
    const bytes = 'bytes' in opened ? opened.bytes : await body(opened.response, name);
    return { name, module: await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>) };
  } catch (cause) {
    throw cause instanceof MswError ? cause : compileError(name, cause);
  }
}

/**
 * Compiled once for each URL: models are instances of one module. A failure is not kept, so that trying again can help.
 */
export function compile(source: ModuleSource): Promise<Compiled> {
  if (source instanceof WebAssembly.Module) return Promise.resolve({ name: 'the WebAssembly module', module: source });
  if (typeof source !== 'string' && !(source instanceof URL)) return compileFresh(source);
  const key = String(source);
  let promise = compiled.get(key);
  if (!promise) {
    promise = compileFresh(source);
    compiled.set(key, promise);
    promise.catch(() => compiled.delete(key));
  }
  return promise;
}
