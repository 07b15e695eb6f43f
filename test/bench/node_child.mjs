// A Session in a Node process of its own: a message in, a message out.
import { readFile } from 'node:fs/promises';
import { Session } from './session.mjs';

const session = new Session();
const read = async (path) => new Uint8Array(await readFile(path));

process.on('message', async ({ call, args }) => {
  try {
    process.send({ value: await session[call](...args, read) });
  } catch (error) {
    process.send({ error: error.message ?? String(error) });
  }
});
process.on('disconnect', () => process.exit());
