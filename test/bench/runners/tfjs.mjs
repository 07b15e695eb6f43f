// TensorFlow.js on its wasm backend: the net is built from the list of layers that tools/make_models.py writes.

/** Its files for browsers leave `tf` behind, its modules for Node are it. */
let tf;

/** It takes half as many threads as there are processors: two threads to a core. */
function allow(threads) {
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads, configurable: true });
}

export async function library({ tfjs, tfjsWasm }) {
  const core = await import(tfjs);
  const wasm = await import(tfjsWasm);
  tf = globalThis.tf ?? core;
  return globalThis.tf?.wasm ?? wasm;
}

const ACTIVATIONS = { relu: (x) => tf.relu(x), relu6: (x) => tf.relu6(x) };
const around = ([top, left, bottom, right]) => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** What each kind of layer does to its inputs; `weight` gives a layer's tensor. */
const LAYERS = {
  conv: ({ strides, pads, activation }, [x], weight) =>
    tf.fused.conv2d({ x, filter: weight('filter'), strides, pad: around(pads), bias: weight('bias'), activation }),
  depthwise: ({ strides, pads, activation }, [x], weight) => {
    const [filter, bias] = [weight('filter'), weight('bias')];
    return tf.fused.depthwiseConv2d({ x, filter, strides, pad: around(pads), bias, activation });
  },
  dense: (layer, [a], weight) => tf.fused.matMul({ a, b: weight('weights'), bias: weight('bias') }),
  maxpool: ({ size, strides, pads }, [x]) => tf.maxPool(x, size, strides, around(pads)),
  mean: (layer, [x]) => tf.mean(x, [1, 2]),
  add: ({ activation }, [a, b]) => (activation ? ACTIVATIONS[activation](tf.add(a, b)) : tf.add(a, b)),
};

/** null is "no activation" in JSON; tfjs wants the field away. */
const named = ({ activation, ...layer }) => (activation ? { ...layer, activation } : layer);

function build(graph, bytes) {
  return graph.layers.map((layer) => {
    const tensors = Object.entries(layer)
      .filter(([, value]) => value?.offset !== undefined)
      .map(([key, { shape, offset }]) => {
        const length = shape.reduce((a, b) => a * b, 1);
        return [key, tf.tensor(new Float32Array(bytes.buffer, bytes.byteOffset + 4 * offset, length), shape)];
      });
    return { ...named(layer), weights: new Map(tensors) };
  });
}

function predict(layers, values, output) {
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => values.get(name));
    values.set(
      layer.output,
      LAYERS[layer.op](layer, inputs, (key) => layer.weights.get(key)),
    );
  }
  return values.get(output);
}

/** 224 x 224 pixels with their channels last, as a page gives them. */
function channelsLast({ data, shape }) {
  return tf.tidy(() => tf.transpose(tf.tensor(data, shape), [0, 2, 3, 1]).dataSync());
}

/** files: graph, weights; packages.tfjsFiles: the URL or path of the backend's .wasm files. */
export async function create({ library: wasm, packages, files, meta, feeds, threads }) {
  wasm.setWasmPaths(packages.tfjsFiles);
  if (threads > 1) {
    allow(threads);
    wasm.setThreadsCount(threads);
  } else tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs: no wasm backend here');
  if (threads > 1 && wasm.getThreadsCount() < threads) throw new Error('tfjs has no threads here');
  const graph = JSON.parse(new TextDecoder().decode(files.graph));
  const layers = build(graph, files.weights);
  const [name] = graph.inputs;
  const { shape } = feeds[name];
  const pixels = channelsLast(feeds[name]);
  const run = async () =>
    tf.tidy(() => {
      const x = tf.tensor(pixels, [shape[0], shape[2], shape[3], shape[1]]);
      return [predict(layers, new Map([[name, x]]), graph.output).dataSync()];
    });
  return { run, flops: meta.flops };
}
