// Markdown, as far as the report needs it.

export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Three figures of a time say more than its noise. */
export function milliseconds(value) {
  if (value === undefined) return '-';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

export function spread(summary) {
  if (summary === undefined) return '-';
  const { median, low, high } = summary;
  return `${milliseconds(median)} (${milliseconds(low)} to ${milliseconds(high)})`;
}

export const number = (value, places) => (value === undefined ? '-' : value.toFixed(places));
export const percent = (value) => (value === undefined ? '-' : `${(100 * value).toFixed(0)} %`);
export const megabytes = (bytes) => (bytes === undefined ? '-' : (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1));
