/**
 * The threads that share a model's loops: workers of the browser or of Node. None is ever waited for without an end, and
 * one that dies costs all of them, and leaves a note.
 */
import { MswError } from './error.js';
import type { Said, Start } from './thread.js';

const MOST = 64;
/** Of 64 KiB: 4, 2 and 1 GiB, of which a browser may have only the last to reserve. */
const MOST_PAGES = [65536, 32768, 16384];
/** What docs/ABI.md says that a module's memory begins with. */
const FIRST_PAGES = 16;
const READY_MS = 2_000;
const END_MS = 3_000;

/** What is used of Node's. */
interface NodeWorker {
  on(event: 'message', hear: (said: Said) => void): void;
  on(event: 'error', hear: (error: Error) => void): void;
  on(event: 'exit', hear: () => void): void;
  postMessage(start: Start): void;
  terminate(): Promise<unknown>;
  unref(): void;
}

interface NodeProcess {
  getBuiltinModule?(name: 'node:worker_threads'): { Worker: new (url: URL, options: object) => NodeWorker };
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number };
}

const node = (globalThis as { process?: NodeProcess }).process;

function processors(): number {
  return node?.getBuiltinModule?.('node:os').availableParallelism() ?? navigator.hardwareConcurrency;
}

/** Why there can be one thread only. */
function obstacle(): string | undefined {
  if (node?.getBuiltinModule) return undefined;
  const { crossOriginIsolated, document } = globalThis as { crossOriginIsolated?: boolean; document?: unknown };
  if (!crossOriginIsolated || typeof SharedArrayBuffer === 'undefined')
    return 'no shared memory, as the page is not cross-origin isolated (headers COOP and COEP, and https or localhost)';
  if (document !== undefined) return "a page's own thread may not wait for others: load the model in a Worker";
  if (typeof Worker === 'undefined') return 'this browser starts no workers from a worker';
  return undefined;
}

/** How many threads there are to be, the caller's included, and a note where that is not what was asked for. */
export function threadsFor(wanted: number): { count: number; notes: string[] } {
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MOST)
    throw new MswError('usage', `threads: expected an integer from 1 to ${MOST}, got ${JSON.stringify(wanted)}`);
  if (wanted === 1) return { count: 1, notes: [] };
  const why = obstacle();
  if (why) return { count: 1, notes: [`one thread: ${why}`] };
  const most = Math.max(1, processors());
  if (wanted <= most) return { count: wanted, notes: [] };
  return { count: most, notes: [`threads: ${wanted}, but there are ${most} processors here, so ${most}`] };
}

/** Undefined: there is none to be had. */
export function sharedMemory(): WebAssembly.Memory | undefined {
  if (typeof SharedArrayBuffer === 'undefined') return undefined;
  for (const maximum of MOST_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true });
    } catch {
      // The next one is smaller.
    }
  }
  return undefined;
}

/** One worker: `ready` when it began or will not, `over` when it has ended for certain. */
class Thread {
  readonly ready: Promise<void>;
  readonly over: Promise<string>;
  isOver = false;
  terminate!: () => unknown;

  constructor(start: Start) {
    let isReady!: () => void;
    let ends!: (why: string) => void;
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.over = new Promise((resolve) => (ends = resolve));
    const over = (why: string): void => {
      this.isOver = true;
      isReady();
      ends(why);
    };
    const hear = (said: Said): void => {
      if (said === 'ready') isReady();
      else over(said === 'ended' ? 'it was ended' : said.failed);
    };
    if (node?.getBuiltinModule) this.#inNode(node, start, hear, over);
    else this.#inBrowser(start, hear, over);
  }

  #inNode(process: NodeProcess, start: Start, hear: (said: Said) => void, over: (why: string) => void): void {
    const { Worker } = (process.getBuiltinModule as NonNullable<NodeProcess['getBuiltinModule']>)(
      'node:worker_threads',
    );
    const worker = new Worker(new URL('thread.js', import.meta.url), { execArgv: [] }); // such as --input-type, for files
    worker.on('message', hear);
    worker.on('error', (error) => over(error.message));
    worker.on('exit', () => over('it was stopped'));
    worker.unref(); // it does not keep the program from ending
    worker.postMessage(start);
    this.terminate = () => worker.terminate();
  }

  #inBrowser(start: Start, hear: (said: Said) => void, over: (why: string) => void): void {
    // Bundlers know this form.
    const worker = new Worker(new URL('./thread.js', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Said>) => hear(data));
    worker.addEventListener('error', (event) => over(event.message || 'it did not start'));
    worker.postMessage(start);
    this.terminate = () => worker.terminate();
  }
}

/** Of a promise that may never come. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer;
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

export class Threads {
  readonly #all: readonly Thread[];
  readonly #askToEnd: () => boolean;
  readonly #note: (text: string) => void;
  #ending: Promise<void> | undefined;

  /** `askToEnd`: msw_threads_end; false: the module has trapped, and cannot be called. */
  constructor(starts: readonly Start[], askToEnd: () => boolean, note: (text: string) => void) {
    this.#askToEnd = askToEnd;
    this.#note = note;
    this.#all = starts.map((start) => new Thread(start));
    for (const thread of this.#all) void thread.over.then((why) => this.end(`a thread ended: ${why}`)).catch(() => {});
  }

  /** Besides the caller's. */
  get count(): number {
    return this.#ending ? 0 : this.#all.length;
  }

  /** They begin, or it is known that they do not; one that takes too long may still come. */
  async ready(): Promise<void> {
    await within(READY_MS, Promise.all(this.#all.map((thread) => thread.ready)));
    await this.#ending;
  }

  /** While they are being ended nothing may run: one of them may still write. Fails where one does not end. */
  get ending(): Promise<void> | undefined {
    return this.#ending;
  }

  /** All of them; `why`, where that is not the caller's wish, becomes a note. */
  end(why?: string): Promise<void> {
    if (!this.#ending && why !== undefined) this.#note(`one thread from now on: ${why}`);
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    if (this.#askToEnd()) await within(END_MS, Promise.all(this.#all.map((thread) => thread.over)));
    await Promise.all(this.#all.map((thread) => thread.terminate()));
    if (node?.getBuiltinModule || this.#all.every((thread) => thread.isOver)) return;
    throw new MswError('limit', 'a thread does not end, and may write to the memory: load the model again');
  }
}
