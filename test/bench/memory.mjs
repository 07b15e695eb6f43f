// Finds every wasm memory of this page or process, also those that a library keeps to itself: imported before any library.

const memories = new Set();

function note(instance) {
  for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
  return instance;
}

const { Memory, Instance, instantiate, instantiateStreaming } = WebAssembly;

// Exported ones are Memory too, so `instanceof` goes on working.
WebAssembly.Memory = class extends Memory {
  constructor(type) {
    super(type);
    memories.add(this);
  }
};
Object.defineProperty(WebAssembly.Memory, Symbol.hasInstance, { value: (value) => value instanceof Memory });

WebAssembly.Instance = function (module, imports) {
  return note(new Instance(module, imports));
};
WebAssembly.Instance.prototype = Instance.prototype;
WebAssembly.instantiate = async (source, imports) => {
  const made = await instantiate(source, imports);
  note(made instanceof Instance ? made : made.instance);
  return made;
};
if (instantiateStreaming) {
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const made = await instantiateStreaming(source, imports);
    note(made.instance);
    return made;
  };
}

/** Bytes; memory never shrinks, so this is the peak. */
export function wasmBytes() {
  return [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}
