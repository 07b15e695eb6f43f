// The cases in a worker of a page, since a page's own thread may not wait for others.
import { Instance } from '/dist/instance.js';
import { hashes } from '/exact/hashes.mjs';

self.addEventListener('message', async ({ data: threads }) => {
  try {
    const rows = await (await fetch('/cases/cases.json')).json();
    const data = new Uint8Array(await (await fetch('/cases/cases.bin')).arrayBuffer());
    self.postMessage(await hashes(Instance, rows, data, { exact: true, threads }));
  } catch (error) {
    self.postMessage({ failed: error.message });
  }
});
