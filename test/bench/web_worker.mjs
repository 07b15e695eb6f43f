// A Session in a worker of a page, where threads may be waited for: a message in, a message out.
import { Session } from './session.mjs';

const session = new Session();

async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

onmessage = async ({ data: { call, args } }) => {
  try {
    postMessage({ value: await session[call](...args, read) });
  } catch (error) {
    postMessage({ error: error.message ?? String(error) });
  }
};
