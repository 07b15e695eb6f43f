/** What each of a model's threads runs: an instance of the module over the model's memory, until it is told to end. */

/** What it is sent, once. `block`: what msw_thread_new gave. */
export interface Start {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly block: number;
}

/** What it answers: that it begins, then how it ended, where it comes to that. */
export type Said = 'ready' | 'ended' | { readonly failed: string };

interface Port {
  on(event: 'message', hear: (start: Start) => void): void;
  postMessage(said: Said): void;
  close(): void;
}

interface Node {
  getBuiltinModule?(name: 'node:worker_threads'): { parentPort: Port };
}

function work({ module, memory, block }: Start, say: (said: Said) => void): void {
  try {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    say('ready');
    (exports['msw_thread_run'] as (block: number) => void)(block);
    say('ended');
  } catch (error) {
    Atomics.store(new Int32Array(memory.buffer), block >>> 2, 1); // gone
    say({ failed: (error as Error).message });
  }
}

const node = (globalThis as { process?: Node }).process?.getBuiltinModule?.('node:worker_threads').parentPort;
if (node) {
  node.on('message', (start) => {
    work(start, (said) => node.postMessage(said));
    node.close();
  });
} else {
  self.addEventListener('message', ({ data }: MessageEvent<Start>) => {
    work(data, (said) => self.postMessage(said));
    self.close();
  });
}
