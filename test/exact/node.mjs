// Prints what Node makes of the cases: node node.mjs FOLDER THREADS.
import { readFileSync } from 'node:fs';
import { Instance } from '../../bindings/js/dist/instance.js';
import { hashes } from './hashes.mjs';

const [folder, threads] = process.argv.slice(2);
const rows = JSON.parse(readFileSync(`${folder}/cases.json`, 'utf8'));
const data = new Uint8Array(readFileSync(`${folder}/cases.bin`));
console.log(JSON.stringify(await hashes(Instance, rows, data, { exact: true, threads: Number(threads) })));
