/**
 * JSON.parse behind a check that says where a text is wrong. JSON.parse itself says it in each engine's own way, often
 * without a place, keeps the last of two equal keys, and makes 1e400 infinity.
 */
import { MswError } from './error.js';

/** No JSON of ours is deeper than 3; the command line has the same limit. */
const MOST_DEPTH = 64;

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

type Expected =
  | 'a value'
  | "a value or ']'"
  | 'a key'
  | "a key or '}'"
  | "':'"
  | "',' or the end of the list"
  | "',' or the end of the object"
  | 'the end of the text';

/** One open list or object; keys: those an object has had. */
type Open = Set<string> | null;

class Checker {
  #at = 0;
  #expected: Expected = 'a value';
  readonly #open: Open[] = [];

  constructor(private readonly text: string) {}

  check(): void {
    for (;;) {
      this.#take(SPACE);
      if (this.#at === this.text.length) break;
      this.#step(this.text[this.#at] ?? '');
    }
    if (this.#expected !== 'the end of the text') this.#fail(`the text ends, expected ${this.#expected}`);
  }

  #fail(what: string): never {
    const lines = this.text.slice(0, this.#at).split('\n');
    throw new MswError('invalid', `line ${lines.length} column ${(lines.at(-1)?.length ?? 0) + 1}: ${what}`);
  }

  /** What the pattern finds here, and on behind it; '' for nothing. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #afterValue(): void {
    const open = this.#open.at(-1);
    this.#expected =
      open === undefined ? 'the end of the text' : open ? "',' or the end of the object" : "',' or the end of the list";
  }

  #step(next: string): void {
    const expected = this.#expected;
    const inObject = this.#open.at(-1) instanceof Set;
    if (next === '"' && expected.startsWith('a key')) return this.#key();
    if (expected.startsWith('a value') && !',:}]'.includes(next)) return this.#value(next);
    if (next === ':' && expected === "':'") this.#expected = 'a value';
    else if (next === ',' && expected.startsWith("','")) this.#expected = inObject ? 'a key' : 'a value';
    else if (next === (inObject ? '}' : ']') && (expected.startsWith("','") || expected.includes(' or '))) {
      this.#open.pop();
      this.#afterValue();
    } else this.#fail(`'${next}', expected ${expected}`);
    this.#at++;
  }

  #string(): string {
    const found = this.#take(STRING);
    if (found === '')
      this.#fail(
        /"|\n/.test(this.text.slice(this.#at + 1))
          ? 'a string with a line break or a bad escape'
          : 'unterminated string',
      );
    return found;
  }

  #key(): void {
    const start = this.#at;
    const key = JSON.parse(this.#string()) as string;
    const keys = this.#open.at(-1);
    if (keys?.has(key)) {
      this.#at = start;
      this.#fail(`duplicate key '${key}'`);
    }
    keys?.add(key);
    this.#expected = "':'";
  }

  #value(next: string): void {
    if (next === '[' || next === '{') {
      if (this.#open.length === MOST_DEPTH) this.#fail(`nesting deeper than ${MOST_DEPTH}`);
      this.#open.push(next === '{' ? new Set() : null);
      this.#expected = next === '{' ? "a key or '}'" : "a value or ']'";
      this.#at++;
      return;
    }
    const start = this.#at;
    const number = next === '"' ? this.#string() : this.#take(WORD) || this.#take(NUMBER);
    if (number === '') this.#fail(`'${next}', expected ${this.#expected}`);
    if (!Number.isFinite(Number(number)) && /[0-9]$/.test(number)) {
      this.#at = start;
      this.#fail(`${number} is too large for a number`);
    }
    this.#afterValue();
  }
}

export function parseJson(text: string, expected: string): unknown {
  if (text.trim() === '') throw new MswError('invalid', `empty, expected ${expected}`);
  if (text.startsWith('\ufeff')) throw new MswError('invalid', 'byte 0: a byte order mark, expected UTF-8 without one');
  new Checker(text).check();
  return JSON.parse(text) as unknown;
}
