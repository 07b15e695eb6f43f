// Puts the WebAssembly module that `make module` built beside the compiled TypeScript, where the package looks for it.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../../../build/wasm/ms_backend_wasm.wasi.wasm', import.meta.url));
const to = fileURLToPath(new URL('../dist/ms_backend_wasm.wasi.wasm', import.meta.url));

if (!existsSync(from)) {
  console.error(`${from} is missing: build it with \`make module\` in the repository's root`);
  process.exit(1);
}
mkdirSync(new URL('../dist/', import.meta.url), { recursive: true });
copyFileSync(from, to);
