// preopen.mjs - for `jco run --jco-import`: lets the program into one folder, that of the variable DIR or the current one, as its root. jco's WASI lets it into none.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The copy of the package that jco itself runs programs with.
const shim = createRequire(import.meta.resolve('@bytecodealliance/jco')).resolve(
  '@bytecodealliance/preview2-shim/filesystem',
);
const { _addPreopen } = await import(pathToFileURL(shim));
_addPreopen('/', process.env.DIR ?? process.cwd());
