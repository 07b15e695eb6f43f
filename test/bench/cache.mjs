// Results of groups between runs: a group is measured anew when anything that it was made from has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sessionOptions, root } from './places.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** How it is measured, and the hosts; not the report. */
const ALWAYS = ['group.mjs', 'limit.mjs', 'rounds.mjs', 'session.mjs', 'native_child.py'].map((name) =>
  join(here, name),
);
const FOLDERS = [join(here, 'engines'), join(here, 'runners'), join(root, 'bindings/js/dist')];
const HOSTS = { wasmtime: [join(root, 'build/bin/wasm-frontend')] };

function filesOf(folder) {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** Large ones by size and time: reading half a gigabyte of weights takes longer than most groups. */
const LARGE = 1 << 26;
function fingerprint(path) {
  if (!existsSync(path)) return 'absent';
  const { size, mtimeMs } = statSync(path);
  return size > LARGE ? `${size} ${mtimeMs}` : createHash('sha256').update(readFileSync(path)).digest('hex');
}

export async function groupKey(engine, version, model, runners, settings) {
  const hash = createHash('sha256').update(JSON.stringify([engine, version, settings, runners.map(({ id }) => id)]));
  const used = new Set([...ALWAYS, ...FOLDERS.flatMap(filesOf), ...(HOSTS[engine] ?? [])]);
  for (const runner of runners) {
    const { files = {}, inputs = {}, expected = {} } = await sessionOptions(runner, model);
    for (const path of [files, inputs, expected].flatMap(Object.values)) used.add(path);
  }
  for (const path of [...used].sort()) hash.update(`${path.replace(root, '')} ${fingerprint(path)}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** The stored group, if its key is this one. */
export function stored(path, key) {
  if (!existsSync(path)) return undefined;
  const group = JSON.parse(readFileSync(path, 'utf8'));
  return group.key === key ? group : undefined;
}

export function store(path, group) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(group, null, 1)}\n`);
}
