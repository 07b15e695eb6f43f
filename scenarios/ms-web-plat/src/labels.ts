/** Names of classes: one a line, or CSV id,"name" in any order. The command line reads the same (docs/COMMAND_LINE.md). */

function problem(line: number, what: string): Error {
  return new Error(`line ${line}: ${what}, expected id,"name"`);
}

function readCsv(lines: readonly string[]): string[] {
  const names: string[] = [];
  lines.forEach((line, i) => {
    const [, id, rest = ''] = /^(\d{1,6}), *(.*)$/.exec(line) ?? [];
    if (line === '' || (id === undefined && i === 0)) return; // the header
    if (id === undefined) throw problem(i + 1, `'${line}'`);
    if (names[Number(id)] !== undefined) throw problem(i + 1, `id ${id} again`);
    const quoted = /^"((?:[^"]|"")*)" *(?:,|$)/.exec(rest)?.[1];
    if (rest.startsWith('"') && quoted === undefined) throw problem(i + 1, 'a quote without its end');
    names[Number(id)] = quoted?.replaceAll('""', '"') ?? rest.replace(/,.*/, '');
  });
  const missing = Array.from(names).findIndex((name) => name === undefined);
  if (missing >= 0) throw new Error(`id ${missing} is in no line, expected all from 0 to ${names.length - 1}`);
  return names;
}

export function readLabels(text: string): string[] {
  const lines = text.trimEnd().split(/\r?\n/);
  return /^\d{1,6},/.test(lines[1] ?? lines[0] ?? '') ? readCsv(lines) : lines;
}
