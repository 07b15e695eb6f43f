/** A file of weights in Node, read in parts. Its name is a stranger's, so no link is followed to it. */
import type { ByteSource } from './bytes.js';
import { MswError } from './error.js';
import { nodeFiles, type NodeFiles } from './fetch.js';

/** Each part of the name below the folder, as far as it is one. */
async function checkLinks(files: NodeFiles, folder: URL, parts: readonly string[]): Promise<void> {
  let at = folder.href;
  for (const part of parts) {
    at += part;
    if ((await files.lstat(new URL(at))).isSymbolicLink())
      throw new MswError('invalid', `${at}: a symbolic link, expected a file in the model's own folder`);
    at += '/';
  }
}

/** `parts`: of the name, escaped for URLs. */
export async function ofNodeFile(folder: URL, parts: readonly string[]): Promise<ByteSource> {
  const url = new URL(parts.join('/'), folder);
  const files = nodeFiles(url);
  try {
    await checkLinks(files, folder, parts);
    // Not over a link put there meanwhile, and not waiting for the other end of a pipe.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = files.constants;
    const handle = await files.open(url, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile() || status.nlink !== 1) {
      await handle.close();
      const why = status.isFile()
        ? `has ${status.nlink} hard links, so it may be from elsewhere`
        : 'not a regular file';
      throw new MswError('invalid', `${url.href}: ${why}; expected a file in the model's own folder`);
    }
    const read = async (offset: number, size: number): Promise<Uint8Array> => {
      const bytes = new Uint8Array(size);
      const { bytesRead } = await handle.read(bytes, 0, size, offset);
      return bytes.subarray(0, bytesRead);
    };
    return { name: url.href, size: status.size, read, close: () => handle.close() };
  } catch (cause) {
    throw cause instanceof MswError
      ? cause
      : new MswError('fetch', `${url.href}: ${(cause as Error).message}`, { cause });
  }
}
