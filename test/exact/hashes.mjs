// The cases of test_exact.py in a JavaScript engine, through the package's instance of a module and raw bytes: typed
// arrays have no 16-bit floats. What a case and a hash are is said in exact_cases.py.
const OK = 0;
const MORE = 1;
const NAN = { float16: [0x7c00, 0x7e00], float32: [0x7f800000, 0x7fc00000] };

/** Every NaN gets the same bits. */
function canonical(dtype, bytes) {
  if (dtype === 'float64') {
    const x = new Float64Array(bytes.buffer);
    const bits = new BigUint64Array(bytes.buffer);
    x.forEach((value, i) => Number.isNaN(value) && (bits[i] = 0x7ff8000000000000n));
  }
  const [infinity, nan] = NAN[dtype] ?? [];
  if (infinity === undefined) return;
  const bits = dtype === 'float16' ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
  const positive = 2 * infinity > 0xffff ? 0x7fffffff : 0x7fff;
  for (let i = 0; i < bits.length; i++) if ((bits[i] & positive) > infinity) bits[i] = nan;
}

function widened(bytes) {
  return new Uint8Array(Uint32Array.from(new Uint16Array(bytes.buffer), (bits) => bits << 16).buffer);
}

class Driver {
  #instance;
  #types = new Map();
  #names = new Map();

  constructor(instance) {
    this.#instance = instance;
    for (const row of instance.rows('msw_dtype_at', 20)) {
      const name = instance.string(row.getUint32(12, true));
      this.#types.set(name, row.getInt32(0, true));
      this.#names.set(row.getInt32(0, true), name);
    }
  }

  #put(bytes) {
    const pointer = this.#instance.alloc(Math.max(bytes.length, 1));
    this.#instance.bytes(pointer, bytes.length).set(bytes);
    return pointer;
  }

  #operator({ operator, attributes, inputs }, part) {
    const text = (name) => this.#put(new TextEncoder().encode(`${name}\0`));
    const rows = new Int32Array(
      attributes.flatMap((attr) => [text(attr.name), attr.kind, attr.count, this.#put(part(attr))]),
    );
    const packed = this.#put(new Uint8Array(rows.buffer));
    return this.#instance.pointer('msw_model_from_operator', text(operator), inputs.length, packed, attributes.length);
  }

  #model(file) {
    const instance = this.#instance;
    const model = instance.pointer('msw_model_open', BigInt(file.length));
    const request = instance.alloc(24);
    let status;
    while ((status = instance.call('msw_load_step', model, request)) === MORE) {
      const view = instance.view(request, 24);
      const [at, size] = [Number(view.getBigUint64(0, true)), view.getUint32(12, true)];
      instance.bytes(view.getUint32(8, true), size).set(file.subarray(at, at + size));
    }
    if (status !== OK) throw instance.error('msw_load_step');
    return model;
  }

  #data(tensor) {
    const view = this.#instance.view(tensor, 52);
    return this.#instance.bytes(view.getUint32(4, true), view.getUint32(8, true));
  }

  #run(model, inputs, part) {
    const instance = this.#instance;
    const types = new Int32Array(inputs.length * 10);
    inputs.forEach(({ dtype, shape }, i) => types.set([this.#types.get(dtype), shape.length, ...shape], 10 * i));
    const run = instance.pointer('msw_run_new', model, this.#put(new Uint8Array(types.buffer)));
    inputs.forEach((input, i) => this.#data(instance.call('msw_run_input', run, i)).set(part(input)));
    const status = instance.call('msw_run', run);
    if (status !== OK) throw instance.error('msw_run');
    const outputs = instance.pointers('msw_run_output', run).map((tensor) => this.#output(tensor));
    instance.call('msw_run_free', run);
    return outputs;
  }

  #output(tensor) {
    const view = this.#instance.view(tensor, 52);
    const [id, rank] = [view.getInt32(12, true), view.getInt32(16, true)];
    const shape = Array.from({ length: rank }, (_, i) => view.getInt32(20 + 4 * i, true));
    let [dtype, bytes] = [this.#names.get(id), this.#data(tensor).slice()];
    if (dtype === 'bfloat16') [dtype, bytes] = ['float32', widened(bytes)];
    canonical(dtype, bytes);
    return [new TextEncoder().encode(`${dtype}[${shape.join()}]`), bytes];
  }

  answer(row, part) {
    const model = row.model ? this.#model(part(row.model)) : this.#operator(row, part);
    const outputs = this.#run(model, row.inputs, part);
    this.#instance.call('msw_model_free', model);
    return outputs.flat();
  }
}

async function hash(parts) {
  const all = new Uint8Array(await new Blob(parts).arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What one engine makes of the cases: a hash for each, or what went wrong; and which module it ran on how many threads. */
export async function hashes(Instance, rows, data, options) {
  const instance = await Instance.create(options);
  await instance.threads?.ready();
  const driver = new Driver(instance);
  const part = ({ at, bytes }) => data.subarray(at, at + bytes);
  const found = [];
  for (const row of rows) {
    try {
      found.push(await hash(driver.answer(row, part)));
    } catch (error) {
      found.push(`${row.operator ?? 'model'}: ${error.message}`);
    }
  }
  const threads = 1 + (instance.threads?.count ?? 0);
  await instance.threads?.end();
  return { build: instance.build, threads, hashes: found };
}
