// Runs a WASI program in Node's own WASI:
//
//     node --no-warnings bindings/component/command/node.mjs FOLDER PROGRAM.wasm ARGUMENT...
//
// FOLDER is what the program sees as its current folder; with '' it sees none.
import { readFile } from 'node:fs/promises';
import { WASI } from 'node:wasi';

const [folder, program, ...given] = process.argv.slice(2);
const wasi = new WASI({ version: 'preview1', args: [program, ...given], preopens: folder ? { '.': folder } : {} });
const { instance } = await WebAssembly.instantiate(await readFile(program), wasi.getImportObject());
process.exitCode = wasi.start(instance);
