// Python processes, for what is no JavaScript: native onnxruntime, and the limit in wasmtime.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { root } from '../places.mjs';

const CHILD = fileURLToPath(new URL('../native_child.py', import.meta.url));

export async function openNative(options) {
  const child = spawn(join(root, '.venv/bin/python'), [CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the process ended with ${signal ?? code}`);
  });
  ended.catch(() => {});
  const call = async (name, ...args) => {
    const line = once(lines, 'line');
    child.stdin.write(`${JSON.stringify({ call: name, args })}\n`);
    const { value, error } = JSON.parse((await Promise.race([line, ended]))[0]);
    if (error !== undefined) throw new Error(error);
    return value ?? undefined;
  };
  const close = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  try {
    return { opened: await call('open', options), call, close };
  } catch (error) {
    await close();
    throw error;
  }
}
