// The cases of ms:backend in JavaScript, in Node and in a page: how their values become jco's, and whether an answer is
// what was wanted.

const camel = (name) => name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
const dispose = Symbol.dispose ?? Symbol.for('dispose');

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

function repeated(part, times) {
  const bytes = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) bytes.set(part, i * part.length);
  return bytes;
}

/** README.md says how a case writes values. read(path): a file's bytes. */
async function toJs(value, handles, read) {
  if (Array.isArray(value)) return Promise.all(value.map((v) => toJs(v, handles, read)));
  if (value === null || typeof value !== 'object') return value;
  if ('base64' in value) return bytesOf(value.base64);
  if ('repeat' in value) return repeated(bytesOf(value.repeat), value.times);
  if ('file' in value) return (await read(value.file)).subarray(0, value.first);
  if ('resource' in value) return handles[value.resource];
  if ('s64' in value) return BigInt(value.s64);
  if ('variant' in value) {
    const payload = await toJs(value.value, handles, read);
    return { tag: value.variant, val: value.variant === 'float' ? Number(payload) : payload };
  }
  const fields = Object.entries(value).map(async ([name, field]) => [camel(name), await toJs(field, handles, read)]);
  return Object.fromEntries(await Promise.all(fields));
}

function expect(condition, where, got) {
  if (condition) return;
  const text = JSON.stringify(got, (_, v) => (typeof v === 'bigint' ? `${v}` : v)) ?? 'undefined';
  throw new Error(`${where}: ${text.slice(0, 300)}`);
}

/** Throws unless `got` is what a case says; a record may have more fields than are wanted. */
function check(got, want, where) {
  if (Array.isArray(want)) {
    expect(got?.length === want.length, `${where}.length`, got);
    want.forEach((w, i) => check(got[i], w, `${where}[${i}]`));
  } else if (want === null || typeof want !== 'object') {
    expect((typeof got === 'bigint' ? Number(got) : (got ?? null)) === want, where, got);
  } else if ('base64' in want) {
    check(Array.from(got), Array.from(bytesOf(want.base64)), where);
  } else if ('float32' in want) {
    checkFloats(got, want, where);
  } else if ('has' in want) {
    for (const part of want.has)
      expect(typeof got === 'string' ? got.includes(part) : Array.from(got).some((g) => fits(g, part)), where, got);
  } else if ('at-least' in want) {
    expect(got >= want['at-least'], where, got);
  } else {
    for (const [name, field] of Object.entries(want)) check(got[camel(name)], field, `${where}.${name}`);
  }
}

function fits(got, want) {
  try {
    check(got, want, '');
    return true;
  } catch {
    return false;
  }
}

const floatsOf = (bytes) => new Float32Array(bytes.slice().buffer);

function checkFloats(got, want, where) {
  const [x, y] = [floatsOf(got), floatsOf(bytesOf(want.float32))];
  expect(x.length === y.length, `${where}.length`, x.length);
  const largest = y.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0);
  y.forEach((v, i) =>
    expect(Object.is(x[i], v) || Math.abs(x[i] - v) <= want.tolerance * largest, `${where}[${i}], not ${v}`, x[i]),
  );
}

/** The function of a name such as "models.[method]execution.set-states". */
function functionOf(root, name) {
  const [, face, kind, path] = name.match(/^(\w+)\.(?:\[(\w+)\])?(.*)$/);
  if (!kind) return root[face][camel(path)];
  const [resource, method] = path.split('.').map(camel);
  const owner = root[face][resource[0].toUpperCase() + resource.slice(1)];
  return kind === 'static' ? owner[method].bind(owner) : (self, ...args) => owner.prototype[method].apply(self, args);
}

/** {ok}, {error}, or {trap} with what was thrown. */
function answerOf(root, name, args) {
  try {
    return { ok: name === 'drop' ? args[0][dispose]() : functionOf(root, name)(...args) };
  } catch (thrown) {
    return thrown.payload === undefined ? { trap: thrown } : { error: thrown.payload };
  }
}

function checkCall(answer, call, handles, where) {
  const [kind] = ['trap', 'error'].filter((k) => k in call).concat('ok');
  expect(kind in answer, `${where}: no ${kind}`, `${answer.trap ?? answer.error?.text}`);
  if (kind === 'trap') expect(/resource|handle/i.test(answer.trap.message), where, answer.trap.message);
  else if (kind in call) check(answer[kind], call[kind], where);
  if ('keep' in call) handles[call.keep] = answer.ok;
}

/** Makes the calls of a case. instantiate(): a new instance; read(path): a file's bytes. */
export async function runCase({ name, calls }, instantiate, read) {
  const instances = {};
  const handles = {};
  for (const [number, call] of calls.entries()) {
    const root = (instances[call.in ?? ''] ??= await instantiate());
    const args = await toJs(call.args, handles, read);
    checkCall(answerOf(root, call.call, args), call, handles, `call ${number} of '${name}', ${call.call}`);
  }
}
