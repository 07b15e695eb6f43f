/** The files that a model is made of, and the module's requests for parts of them. */
import * as abi from './abi.js';
import { byteSource, type ByteSource } from './bytes.js';
import { MswError } from './error.js';
import type { Source } from './fetch.js';
import type { Instance } from './instance.js';
import { ofNodeFile } from './node_file.js';
import { ofUrl } from './ranges.js';

/** Files of weights by the names that the model gives them. */
export type ModelFileSources = Readonly<Record<string, Source>>;

/** Parts of a path down from the model's folder, each escaped: what a stranger's model says must not lead elsewhere. */
function partsOf(name: string): string[] {
  const parts = name.split('/');
  if (parts.some((part) => ['', '.', '..'].includes(part) || part.includes('\\')))
    throw new MswError(
      'invalid',
      `'${name}' is not a path down from the model's folder, without '.', '..' and empty parts`,
    );
  return parts.map(encodeURIComponent);
}

function isGiven(files: ModelFileSources, name: string): files is Record<string, Source> {
  return Object.hasOwn(files, name);
}

export class ModelFiles {
  readonly #instance: Instance;
  readonly #given: ModelFileSources | undefined;
  readonly #base: URL | undefined;
  readonly #files: ByteSource[];

  /** `base`: where the model comes from, if that is a URL; its files are beside it, unless they are given. */
  constructor(instance: Instance, model: ByteSource, base: URL | undefined, given: ModelFileSources | undefined) {
    this.#instance = instance;
    this.#files = [model];
    this.#base = base;
    this.#given = given;
  }

  async answer(model: number, request: number): Promise<void> {
    const view = this.#instance.view(request, abi.REQUEST.bytes);
    const offset = Number(view.getBigUint64(abi.REQUEST.offset, true));
    const size = view.getUint32(abi.REQUEST.size, true);
    const destination = view.getUint32(abi.REQUEST.destination, true);
    const file = await this.#file(model, view.getUint32(abi.REQUEST.file, true));
    if (size === 0 || offset + size > file.size)
      throw this.#instance.fault(`asked for ${size} bytes at ${offset} of a file of ${file.size} bytes`);
    const bytes = await file.read(offset, size);
    if (bytes.length < size) throw new MswError('invalid', `${file.name}: ends at byte ${offset + bytes.length}`);
    this.#instance.bytes(destination, size).set(bytes);
  }

  async close(): Promise<void> {
    for (const file of this.#files) await file.close?.();
  }

  async #file(model: number, number: number): Promise<ByteSource> {
    if (number === this.#files.length && number <= abi.MAX_FILES) {
      const file = await this.#open(model, number);
      this.#files.push(file); // from here on it is closed with the others
      if (this.#instance.call('msw_model_file_size', model, number, BigInt(file.size)) !== abi.OK)
        throw this.#instance.error('msw_model_file_size');
    }
    const file = this.#files[number];
    if (!file) throw this.#instance.fault(`asked for file ${number}, expected 0 to ${this.#files.length - 1}`);
    return file;
  }

  async #open(model: number, number: number): Promise<ByteSource> {
    const name = this.#name(model, number);
    if (name === undefined) throw this.#instance.fault(`asked for file ${number}, for which it has no name`);
    if (this.#given) {
      if (!isGiven(this.#given, name)) throw this.#missing(model, Object.keys(this.#given));
      return byteSource(this.#given[name] as Source, 'file of weights');
    }
    if (!this.#base) throw this.#missing(model, []);
    const parts = partsOf(name);
    if (this.#base.protocol === 'file:') return ofNodeFile(new URL('.', this.#base), parts);
    return ofUrl(new URL(parts.join('/'), this.#base));
  }

  #name(model: number, number: number): string | undefined {
    const pointer = this.#instance.call('msw_model_file', model, number);
    return pointer === 0 ? undefined : this.#instance.string(pointer);
  }

  /** All that is missing, so that a person can be asked once. */
  #missing(model: number, given: readonly string[]): MswError {
    const names = [];
    for (let number = 1; number <= abi.MAX_FILES; number++) {
      const name = this.#name(model, number);
      if (name === undefined) break;
      if (!given.includes(name)) names.push(`'${name}'`);
    }
    return new MswError(
      'usage',
      `the model has its weights in ${names.join(', ')}, which must come with it ` +
        `(files: { ${names[0] ?? ''}: ... }, or load the model from its URL)`,
    );
  }
}
