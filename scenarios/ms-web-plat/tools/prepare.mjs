// What `npm run build` needs from the rest of the repository: the WebAssembly modules, built with make when one is
// missing, the package bindings/js, compiled with this page's own TypeScript, and the model of the Image tab where it
// was made (`npm run models`).
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const root = path('../../..');
const modules = ['.wasi', '-relaxed', '-threads', '-relaxed-threads'].map((build) => `ms_backend_wasm${build}.wasm`);

/** Run and show; end with a reason when it fails. */
function run(command, args, reason) {
  const { error, status } = spawnSync(command, args, { stdio: 'inherit', cwd: root });
  if (status === 0) return;
  console.error(
    error?.code === 'ENOENT'
      ? `'${command}' is not installed (on Debian or Ubuntu: apt-get install ${command})`
      : reason,
  );
  process.exit(1);
}

if (!modules.every((name) => existsSync(path(`../../../build/wasm/${name}`)))) {
  console.log('A WebAssembly module is missing, building them: make module');
  run('make', ['module'], 'make module failed: the lines above say what this machine lacks');
}
const tsc = path('../node_modules/typescript/bin/tsc');
run(process.execPath, [tsc, '-p', 'bindings/js'], 'bindings/js could not be compiled');
run(process.execPath, ['bindings/js/tools/copy_module.mjs'], 'the modules could not be copied');

const models = path('../../../.cache/models');
const page = path('../public/models');
if (existsSync(`${models}/lite0.mindir`)) {
  mkdirSync(page, { recursive: true });
  for (const name of ['lite0.mindir', 'lite0.mindir.json', 'lite0_labels.txt', 'chelsea.png'])
    copyFileSync(`${models}/${name}`, `${page}/${name}`);
}
