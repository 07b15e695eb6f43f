// Models whose weights are in files beside them, as MindSpore wrote them: from a folder, a server, and given by hand.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Model } from '../dist/index.js';
import { ofUrl } from '../dist/ranges.js';
import { rejects } from './rejects.mjs';
import { holding, toy } from './toy.mjs';

const models = new URL('../../../test/models/', import.meta.url);
const NAMES = ['split_graph.mindir', 'split_variables/data_0', 'split_variables/data_1', 'split_variables/data_2'];
const { x, z } = JSON.parse(readFileSync(new URL('split_answer.json', models)));
const bytes = (name) => readFileSync(new URL(name, models));
const given = () => Object.fromEntries(NAMES.slice(1).map((name) => [name, bytes(name)]));

async function right(model) {
  const [output] = Object.values(await model.run({ [model.inputs[0].name]: Float32Array.from(x) }));
  assert.equal(output.data.length, z.length);
  output.data.forEach((value, i) => assert.ok(Math.abs(value - z[i]) < 1e-5, `${i}: ${value}, MindSpore says ${z[i]}`));
}

let folder;
let graph;
let data;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'msw-'));
  mkdirSync(join(folder, 'model/split_variables'), { recursive: true });
  for (const name of NAMES) copyFileSync(new URL(name, models), join(folder, 'model', name));
  graph = pathToFileURL(join(folder, 'model', NAMES[0]));
  data = join(folder, 'model', NAMES[2]);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('from a folder', async () => right(await Model.load(graph)));

test('given as bytes, as files, and from URLs', async () => {
  await right(await Model.load(bytes(NAMES[0]), { files: given() }));
  const blobs = Object.fromEntries(Object.entries(given()).map(([name, data]) => [name, new File([data], name)]));
  await right(await Model.load(new File([bytes(NAMES[0])], NAMES[0]), { files: blobs }));
  const urls = Object.fromEntries(NAMES.slice(1).map((name) => [name, new URL(name, models)]));
  await right(await Model.load(graph, { files: urls }));
});

test('what is missing is named, all of it', async () => {
  const words =
    /^the model: the model has its weights in 'split_variables\/data_1', 'split_variables\/data_0', 'split_variables\/data_2', which must/;
  await rejects(Model.load(bytes(NAMES[0])), 'usage', words);
  const files = { [NAMES[1]]: bytes(NAMES[1]), [NAMES[2]]: bytes(NAMES[2]) };
  await rejects(
    Model.load(new File([bytes(NAMES[0])], 'a.mindir'), { files }),
    'usage',
    /^a\.mindir: the model has its weights in 'split_variables\/data_2', which must come with it/,
  );
});

test('a short file is named with its byte', async () => {
  for (const size of [0, 63, 100]) {
    truncateSync(data, size);
    await rejects(
      Model.load(graph),
      'invalid',
      new RegExp(`'split_variables/data_1' ends at byte ${size}, but constant '`),
    );
  }
});

test('a file of another byte order', async () => {
  writeFileSync(data, Buffer.concat([Buffer.of(0), bytes(NAMES[2]).subarray(1)]));
  await rejects(Model.load(graph), 'unsupported', /'split_variables\/data_1': its first byte is 0, expected 1/);
});

test('a file that is not there', async () => {
  rmSync(data);
  await rejects(Model.load(graph), 'fetch', /split_variables\/data_1: ENOENT/);
});

test('links, folders and hard links are refused', async () => {
  const secret = join(folder, 'secret');
  renameSync(data, secret);
  for (const target of [secret, '../../secret']) {
    symlinkSync(target, data);
    await rejects(Model.load(graph), 'invalid', /split_variables\/data_1: a symbolic link, expected a file in the/);
    rmSync(data);
  }
  linkSync(secret, data);
  await rejects(Model.load(graph), 'invalid', /data_1: has 2 hard links, so it may be from elsewhere; expected a file/);
  rmSync(data);
  mkdirSync(data);
  await rejects(Model.load(graph), 'invalid', /data_1: not a regular file; expected a file in the/);
  renameSync(join(folder, 'model/split_variables'), join(folder, 'variables'));
  symlinkSync('../variables', join(folder, 'model/split_variables'));
  await rejects(Model.load(graph), 'invalid', /split_variables: a symbolic link/);
});

/** A server of the models; `ranges`: it knows how to send a part. */
let server;
let base;
let asked;
let answers;
before(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url, 'http://a').pathname;
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    asked.push([path, range ? Number(range[2]) - Number(range[1]) + 1 : 'whole']);
    const body = answers.files[path];
    if (!body) return void response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
    if (!range || !answers.ranges) return void response.writeHead(200).end(body);
    const last = Math.min(Number(range[2]), body.length - 1);
    const total = answers.total?.() ?? body.length;
    response.writeHead(206, { 'content-range': `bytes ${range[1]}-${last}/${total}` });
    response.end(body.subarray(Number(range[1]), last + 1));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());
beforeEach(() => {
  asked = [];
  answers = { files: Object.fromEntries(NAMES.map((name) => [`/m/${name}`, bytes(name)])), ranges: true };
});

test('from a server that sends parts, and from one that does not', async () => {
  await right(await Model.load(`${base}/m/split_graph.mindir`));
  assert.ok(asked.filter(([path]) => path.includes('data')).every(([, size]) => size !== 'whole'));
  answers.ranges = false;
  await right(await Model.load(fetch(`${base}/m/split_graph.mindir`)));
});

test('what a server does not have is named by its URL', async () => {
  delete answers.files['/m/split_variables/data_1'];
  await rejects(
    Model.load(`${base}/m/split_graph.mindir`),
    'fetch',
    /\/m\/split_variables\/data_1: HTTP 404 Not Found, expected a file of weights$/,
  );
});

/** The net with another name, of equal length, for one of its files. */
const renamed = (name) => {
  assert.equal(name.length, NAMES[2].length);
  return Buffer.from(bytes(NAMES[0]).toString('latin1').replaceAll(NAMES[2], name), 'latin1');
};

test('names that lead elsewhere are refused before anything is asked for', async () => {
  const names = ['//127.0.0.1/variables/', '../split_variables/da1', 'https://a/variable/_1', '/split_variables/dat1'];
  for (const name of names) {
    answers.files['/m/split_graph.mindir'] = renamed(name.padEnd(NAMES[2].length, 'x').slice(0, NAMES[2].length));
    await rejects(Model.load(`${base}/m/split_graph.mindir`), 'invalid', /expected a path to a file below the model's/);
  }
  assert.deepEqual(new Set(asked.map(([path]) => path)), new Set(['/m/split_graph.mindir']));
});

test('a name is escaped: it cannot be another address, a query or a fragment', async () => {
  for (const name of [
    'http:x?a=1#b%2e%2e/../',
    'data:text/plain,%2e/ab',
    'split_variables?data_1',
    'split_variables#data_1',
  ]) {
    const location = name.replaceAll('/../', '/...').padEnd(NAMES[2].length, 'x').slice(0, NAMES[2].length);
    answers.files['/m/split_graph.mindir'] = renamed(location);
    answers.files[`/m/${location.split('/').map(encodeURIComponent).join('/')}`] = bytes(NAMES[2]);
    await right(await Model.load(`${base}/m/split_graph.mindir`));
  }
});

test("a stranger's module names files of its own folder only", async () => {
  const step = `(param $model i32) (param $request i32) (result i32)
    (i32.store offset=16 (local.get $request) (i32.const 1)) (i32.const 1)`;
  const named = '(param i32 i32) (result i32) (i32.const 70100)';
  for (const text of ['../secret', '/etc/hostname', 'a//b', '', 'a\\5cb']) {
    const extra = `(data (i32.const 70100) "${text}\\00")`;
    const module = toy({ replace: { msw_load_step: step, msw_model_file: named }, extra });
    await rejects(Model.load(graph, { module }), 'invalid', /is not a path down from the model's folder/);
  }
  const nameless = toy({ replace: { msw_load_step: step } });
  await rejects(Model.load(graph, { module: nameless }), 'invalid', /asked for file 1, for which it has no name/);
});

test('a file on a server is fetched in parts that grow while they are wanted in order', async () => {
  const body = Buffer.alloc(3_000_000, Buffer.from([1, 2, 3, 4, 5, 6, 7]));
  answers.files['/large'] = body;
  const file = await ofUrl(new URL(`${base}/large`));
  assert.equal(file.size, body.length);
  const check = async (offset, size) =>
    assert.deepEqual(Buffer.from(await file.read(offset, size)), body.subarray(offset, offset + size));
  for (let offset = 0; offset < body.length; offset += 50_000) await check(offset, 50_000);
  assert.ok(asked.length < 10, `${asked.length} parts`);
  const before = asked.length;
  await check(5, 10); // back: little is fetched
  assert.deepEqual(asked.slice(before), [['/large', 65536]]);
  await check(2_999_990, 10);
  await check(0, 2_000_000);
});

test('a file that changes while it is fetched is noticed', async () => {
  answers.files['/large'] = Buffer.alloc(3_000_000);
  const file = await ofUrl(new URL(`${base}/large`));
  answers.total = () => 2_999_999;
  await rejects(file.read(2_000_000, 10), 'fetch', /\/large: changed while it was read, at byte 2000000/);
  delete answers.total;
  answers.ranges = false;
  await rejects(file.read(2_000_000, 10), 'fetch', /changed while it was read/);
});

test('a module that holds its model has its weights beside itself', async () => {
  const module = pathToFileURL(join(folder, 'toy.wasm'));
  writeFileSync(module, holding());
  const x = Float32Array.of(1, 2, 3, 4);
  const right = async (model) => assert.deepEqual((await model.run({ x })).z.data, Float32Array.of(2, 4, 6, 8));
  await rejects(Model.load(null, { module }), 'fetch', /\/toy\.params: ENOENT/);
  const params = join(folder, 'toy.params');
  writeFileSync(params, 'T');
  await right(await Model.load(null, { module }));
  await right(await Model.load(null, { module: holding(), files: { 'toy.params': Buffer.from('T') } }));
  await right(
    await Model.load(null, { module: new File([holding()], 'a.wasm'), files: { 'toy.params': Buffer.from('T') } }),
  );
  await rejects(
    Model.load(null, { module: holding() }),
    'usage',
    /^the model has its weights in 'toy\.params', which must come with it/,
  );
  renameSync(params, join(folder, 'secret'));
  symlinkSync('secret', params);
  await rejects(Model.load(null, { module }), 'invalid', /toy\.params: a symbolic link/);
  rmSync(params);
  writeFileSync(params, '');
  await rejects(Model.load(null, { module }), 'invalid', /asked for 1 bytes at 0 of a file of 0 bytes/);
  const bad = pathToFileURL(join(folder, 'bad.wasm'));
  writeFileSync(bad, holding('../secret'));
  await rejects(
    Model.load(null, { module: bad }),
    'invalid',
    /'\.\.\/secret' is not a path down from the model's folder/,
  );
  answers.files = { '/m/toy.wasm': Buffer.from(holding()), '/m/toy.params': Buffer.from('T') };
  await right(await Model.load(null, { module: `${base}/m/toy.wasm` }));
  answers.files['/n/toy.wasm'] = answers.files['/m/toy.wasm'];
  await rejects(Model.load(null, { module: `${base}/n/toy.wasm` }), 'fetch', /\/n\/toy\.params: HTTP 404/);
});

test('a module holds a model or loads one', async () => {
  await rejects(
    Model.load(Buffer.from('T'), { module: toy({ kind: 3 }) }),
    'usage',
    /^the module holds a model of its own, expected null/,
  );
  await rejects(Model.load(null, { module: toy({ kind: 2 }) }), 'usage', /^a model is missing: .* kind operators/);
  await rejects(Model.load(null), 'usage', /^a model is missing: the module is of kind library/);
});
