// The rule from picture to tensor against numpy's results (test/vectors/images.json), bit for bit.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { transformWithOxc } from 'vite';
import { root } from './browser.mjs';

const file = new URL('../src/picture.ts', import.meta.url);
const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file.pathname);
const { readRule, toTensor } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const vectors = JSON.parse(readFileSync(`${root}test/vectors/images.json`, 'utf8'));
const ruleOf = (text) =>
  readRule(Object.fromEntries(text === '' ? [] : text.split(',').map((pair) => pair.split('='))));

test('there are vectors for every key', () => {
  for (const key of ['rule', 'crop', 'size', 'filter', 'antialias', 'channels', 'scale', 'mean', 'std', 'layout'])
    assert.ok(
      vectors.some(({ image }) => image.includes(`${key}=`)),
      key,
    );
});

for (const [index, { image, shape, values, pixels, ...picture }] of vectors.entries()) {
  test(`vector ${index}: ${image || 'as it is'}`, () => {
    const tensor = toTensor({ ...picture, pixels: Uint8Array.from(pixels) }, ruleOf(image));
    assert.deepEqual(tensor.shape, shape);
    assert.deepEqual([...tensor.data], values);
  });
}

test('numbers, lists and fractions of a MODEL.json mean what they do on the command line', () => {
  const json = { size: '2x3', scale: 0.5, mean: [1, 2, 3], std: 2, antialias: 1, filter: 'bicubic', channels: 3 };
  assert.deepEqual(readRule(json), ruleOf('size=2x3,scale=1/2,mean=1:2:3,std=2,antialias=1,filter=bicubic,channels=3'));
});

test('the rule of 2020 is 224x224 by nearest, with the means and deviations of that program', () => {
  const keys = 'size=224x224,filter=nearest,channels=3,mean=123:117:104,std=58.395:57.12:57.375';
  assert.deepEqual(readRule({ rule: 'resnet-2020' }), ruleOf(keys));
  assert.deepEqual(readRule({ scale: 2, rule: 'resnet-2020' }), ruleOf(`${keys},scale=2`));
});

const wrong = [
  [[], /^expected a JSON object$/],
  [null, /^expected a JSON object$/],
  [{ resize: '2x2' }, /^unknown key 'resize', expected rule, crop, size, filter, /],
  [{ toString: 1 }, /^unknown key 'toString'/],
  [{ rule: 'resnet' }, /^rule=resnet, expected resnet-2020$/],
  [{ rule: 'toString' }, /^rule=toString, expected resnet-2020$/],
  [{ crop: 'centre' }, /^crop=centre, expected square$/],
  [{ size: '0x4' }, /^size=0x4, expected WIDTHxHEIGHT$/],
  [{ size: 224 }, /^size=224, expected WIDTHxHEIGHT$/],
  [{ filter: 'cubic' }, /^filter=cubic, expected nearest, bilinear, bicubic$/],
  [{ antialias: true }, /^antialias=true, expected 0, 1$/],
  [{ antialias: 1, filter: 'nearest' }, /^antialias=1 with filter=nearest, expected filter=bilinear or/],
  [{ channels: 2 }, /^channels=2, expected 1, 3$/],
  [{ scale: '1/0' }, /^scale=1\/0, expected a number, or a fraction such as 1\/255$/],
  [{ scale: '' }, /^scale=, expected a number/],
  [{ scale: '1/2/3' }, /^scale=1\/2\/3, expected a number/],
  [{ mean: [1, 2] }, /^mean=1:2, expected one number, or three separated by ':'$/],
  [{ std: 0 }, /^std=0, expected numbers above 0$/],
  [{ layout: 'hwc' }, /^layout=hwc, expected nchw, nhwc$/],
];
for (const [rule, message] of wrong) {
  test(`a wrong rule: ${JSON.stringify(rule)}`, () => assert.throws(() => readRule(rule), { message }));
}

test('three means for a grey picture', () => {
  const grey = { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) };
  assert.throws(() => toTensor(grey, readRule({ mean: [1, 2, 3] })), /expected one \(or channels=3\)/);
});
