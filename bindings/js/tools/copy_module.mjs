// Puts the WebAssembly modules that `make module` built beside the compiled TypeScript, where the package looks for them.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const names = ['.wasi', '-relaxed', '-threads', '-relaxed-threads'].map((build) => `ms_backend_wasm${build}.wasm`);

mkdirSync(path('../dist/'), { recursive: true });
for (const name of names) {
  const from = path(`../../../build/wasm/${name}`);
  if (!existsSync(from)) {
    console.error(`${from} is missing: build it with \`make module\` in the repository's root`);
    process.exit(1);
  }
  copyFileSync(from, path(`../dist/${name}`));
}
