// The JSON of 2020: reading tensors with messages that name the place, and printing floats. No module is needed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerText, MswError, readInputs } from '../dist/index.js';
import { floatText } from '../dist/float.js';
import { parseJson } from '../dist/json.js';

const FP32 = { id: 1, name: 'float32', label: 'FP32', number: 'f', bytes: 4 };
const INT32 = { id: 2, name: 'int32', label: 'INT32', number: 'i', bytes: 4 };
const INT8 = { id: 3, name: 'int8', label: 'INT8', number: 'i', bytes: 1 };
const tensor = (values, shape) => ({ 'input-data': values, 'dim-size': shape.length, shape });

test('tensors are read into the typed array of their data type', () => {
  const json = JSON.stringify([tensor([1, -2], [2]), tensor([7], [])]);
  assert.deepEqual(readInputs(json, INT8), [
    { data: Int8Array.of(1, -2), shape: [2], dtype: 'int8' },
    { data: Int8Array.of(7), shape: [], dtype: 'int8' },
  ]);
  assert.deepEqual(readInputs(JSON.stringify(tensor([0.1], [1])), FP32), [
    { data: Float32Array.of(0.1), shape: [1], dtype: 'float32' },
  ]);
});

const one = (change) => JSON.stringify([{ ...tensor([1, 2, 3, 4], [2, 2]), ...change }]);
const refused = [
  ['an empty file', '', /^empty, expected a JSON list of tensors$/],
  ['a byte order mark', '\ufeff[]', /^byte 0: a byte order mark/],
  ['a truncated string', '[\n  {"input-data": [1],\n   "shape', /^line 3 column 4: unterminated string$/],
  ['a string over two lines', '["a\nb"]', /^line 1 column 2: a string with a line break or a bad escape$/],
  [
    'a text that stops',
    '[{"input-data": [1, 2',
    /^line 1 column 22: the text ends, expected ',' or the end of the list$/,
  ],
  ['a stray bracket', '[\n 1,\n }', /^line 3 column 2: '}', expected a value$/],
  ['the wrong closing bracket', '[{"a": 1]', /^line 1 column 9: ']', expected ',' or the end of the object$/],
  ['text behind the end', '[] []', /^line 1 column 4: '\[', expected the end of the text$/],
  ['a page', '<!doctype html>', /^line 1 column 1: '<', expected a value$/],
  ['NaN', '[NaN]', /^line 1 column 2: 'N', expected a value or ']'$/],
  ['a leading zero', '[01]', /^line 1 column 3: '1', expected ',' or the end of the list$/],
  ['a duplicate key', '[{"shape": [1], "shape": [2]}]', /^line 1 column 17: duplicate key 'shape'$/],
  ['a duplicate key spelt otherwise', '[{"shape": [1], "sh\\u0061pe": [2]}]', /duplicate key 'shape'$/],
  ['10^5 brackets', '['.repeat(1e5), /^line 1 column 65: nesting deeper than 64$/],
  ['65 closed brackets', '['.repeat(65) + ']'.repeat(65), /nesting deeper than 64$/],
  ['64 closed brackets', '['.repeat(64) + ']'.repeat(64), /^input 0 is a list, expected an object$/],
  [
    '1e400',
    '[{"input-data": [1e400], "dim-size": 1, "shape": [1]}]',
    /^line 1 column 18: 1e400 is too large for a number$/,
  ],
  ['a number', '7', /^not a list but 7, expected a JSON list of tensors$/],
  ['a list of numbers', '[1]', /^input 0 is 1, expected an object$/],
  ['null for a tensor', '[null]', /^input 0 is null, expected an object$/],
  ['an unknown key', one({ name: 'x' }), /^input 0: unknown key 'name', expected 'input-data', 'dim-size', 'shape'$/],
  ['a missing key', '[{"input-data": [1], "shape": [1]}]', /^input 0: 'dim-size' is missing$/],
  [
    'a dim-size that is not the length of shape',
    one({ 'dim-size': 3 }),
    /^input 0: 'dim-size' is 3, but 'shape' has 2 dimensions$/,
  ],
  ['too few values', one({ 'input-data': [1, 2, 3] }), /^input 0: shape \[2, 2\] needs 4 values, got 3$/],
  ['a negative size', one({ shape: [-2, -2] }), /^input 0: dimension 0 is -2, expected a size from 0$/],
  ['a size that is no integer', one({ shape: [2, 2.5] }), /^input 0: dimension 1 is 2\.5/],
  [
    'a product that overflows',
    one({ shape: [65536, 65536, 65536, 65536], 'dim-size': 4 }),
    /^input 0: element count overflows$/,
  ],
  [
    'rows',
    one({
      'input-data': [
        [1, 2],
        [3, 4],
      ],
      shape: [2],
      'dim-size': 1,
    }),
    /^input 0: value 0 is a list, expected a number$/,
  ],
  [
    'a string among the numbers',
    one({ 'input-data': [1, '2', 3, 4] }),
    /^input 0: value 1 is the string "2", expected a number$/,
  ],
  [
    '1e39',
    '[{"input-data": [1e39], "dim-size": 1, "shape": [1]}]',
    /^input 0: value 0: value 1e\+39 does not fit FP32$/,
  ],
];
for (const [what, json, pattern] of refused) {
  test(`JSON refused: ${what}`, () => {
    assert.throws(
      () => readInputs(json, FP32),
      (error) =>
        (error instanceof MswError && error.status === 'invalid' && pattern.test(error.message)) ||
        assert.fail(error.stack),
    );
  });
}

test('integers that do not fit are refused, never wrapped or rounded', () => {
  const read = (value, dtype) => () => readInputs(JSON.stringify([tensor([value], [1])]), dtype);
  assert.throws(read(300, INT8), /value 0: value 300 does not fit INT8 \(integers from -128 to 127\)/);
  assert.throws(read(-129, INT8), /does not fit INT8/);
  assert.throws(read(1.5, INT32), /value 1\.5 does not fit INT32/);
  assert.throws(read(2 ** 31, INT32), /does not fit INT32 \(integers from -2147483648 to 2147483647\)/);
  assert.deepEqual(read(-(2 ** 31), INT32)()[0].data, Int32Array.of(-(2 ** 31)));
});

test('floats print as the shortest decimal, with a point or an exponent', () => {
  const expected = {
    '4.0': 4,
    0.3: 0.3,
    '-0.0': -0,
    '0.0': 0,
    '-1.5': -1.5,
    '100.0': 100,
    '16777216.0': 16777216,
    0.00001: 1e-5,
    '9.99e-6': 9.99e-6,
    '1e13': 1e13,
    '9900000000000.0': 9.9e12,
    '3.4028235e38': 3.4028234663852886e38,
    '1e-45': 1.401298464324817e-45,
    '1.1754944e-38': 2 ** -126,
  };
  for (const [text, value] of Object.entries(expected)) assert.equal(floatText(Math.fround(value)), text);
});

test('every printed float reads back to itself, and no decimal with a digit less does', () => {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < 20000; i++) {
    bits[0] = Math.imul(i, 2654435761) >>> 0;
    if (!Number.isFinite(float[0])) continue;
    const text = floatText(float[0]);
    assert.match(text, /[.e]/);
    assert.ok(Object.is(Math.fround(Number(text)), float[0]), `${text} is not ${float[0]}`);
    const digits = text
      .replace(/e.*/, '')
      .replace(/[-.]/g, '')
      .replace(/^0+|0+$/g, '').length;
    if (digits > 1) assert.notEqual(Math.fround(Number(float[0].toPrecision(digits - 1))), float[0], text);
  }
});

test('every JSON that JSON.parse takes is taken, and none that it refuses', () => {
  const good = [
    '[]',
    '{}',
    ' [ { } , [ ] ] ',
    '-0',
    '0.5e-3',
    '"a\\n\\u00e9\\"/\\/"',
    '[true,false,null]',
    '{"a":{"b":[1,{"c":2}]}}',
    '\t1\r\n',
  ];
  for (const text of good) assert.deepEqual(parseJson(text, 'x'), JSON.parse(text));
  // One character removed from, or put into, good texts: both must agree about each.
  for (const text of good.concat('[{"k": [1, -2.5e3], "l": "m"}, null]')) {
    for (let i = 0; i < text.length; i++) {
      for (const insert of ['', ',', '}', ']', '"', '1', ':', '{', '\\']) {
        const changed = text.slice(0, i) + insert + text.slice(insert === '' ? i + 1 : i);
        let want;
        try {
          want = JSON.parse(changed);
        } catch {
          want = undefined;
        }
        if (want === undefined) assert.throws(() => parseJson(changed, 'x'), MswError, changed);
        else assert.deepEqual(parseJson(changed, 'x'), want, changed);
      }
    }
  }
});

test('the layout is that of 2020: two spaces, one item a line, in this order of keys', () => {
  const dtypes = [FP32, INT32, INT8, { id: 5, name: 'int64', label: null, number: 'i', bytes: 8 }];
  const x = { data: Float32Array.of(1, 7.5), shape: [2], dtype: 'float32' };
  const say = (answer, output, inputs = [x], attrs = 0) =>
    answerText({ answer }, inputs, attrs, [].concat(output), dtypes);
  const index = { data: Int32Array.of(1), shape: [], dtype: 'int32' };

  assert.equal(
    say('array', x).text,
    '{\n  "input-data": {\n    "FP32Array": [\n      1.0,\n      7.5\n    ]\n  },\n  "shape": [\n    2\n  ],\n  "dim-size": 1\n}',
  );
  assert.deepEqual(JSON.parse(say('array', index).text), { 'input-data': { INT32Array: [1] } });
  assert.equal(
    say('numeric', { data: BigInt64Array.of(3n), shape: [1], dtype: 'int64' }).text,
    '{\n  "input-data": {\n    "Numeric": 3\n  }\n}',
  );
  assert.deepEqual(
    JSON.parse(say('array', { data: BigInt64Array.of(3n), shape: [1], dtype: 'int64' }).text)['input-data'],
    { INT64Array: [3] },
  );
  assert.match(say('max-index', index).text, /"FP32Array": \[\s+7\.5,\s+1\.0\s+\]/);
  assert.match(say('max-index', index, [x], 1).text, /"INT32Array": \[\s+1\s+\]/);
  assert.match(say('max-index', index, [{ ...x, shape: [1, 2] }]).text, /"INT32Array"/);
  assert.match(say('array', { data: new Float32Array(), shape: [0], dtype: 'float32' }).text, /"FP32Array": \[\]/);
  assert.deepEqual(JSON.parse(say('array', [x, index]).text).length, 2);
});

test('inf and NaN become null, with a note that counts them', () => {
  const z = { data: Float32Array.of(NaN, -Infinity, 1), shape: [3], dtype: 'float32' };
  const { text, notes } = answerText({ answer: 'array' }, [z], 0, [z], [FP32]);
  assert.deepEqual(JSON.parse(text)['input-data'].FP32Array, [null, null, 1]);
  assert.deepEqual(notes, ['2 of the values are inf or NaN, printed as null: JSON has no word for them']);
});
