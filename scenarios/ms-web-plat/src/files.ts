/**
 * Files that a person chooses or drops: read whole, or refused with the reason. Folders, empty and huge files all come
 * this way.
 */

/** Files are read in one piece; browsers stop at texts of 512 MB, and long before that the page would not answer. */
const LARGEST = 64 * 2 ** 20;

export class FileProblem extends Error {}

function sizeText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  return `${(bytes / 2 ** (10 * power)).toFixed(power > 1 ? 1 : 0)} ${units[power]}`;
}

/** `kind`: what such files are, "pictures". */
export function checkSize(name: string, { size }: Blob, expected: string, kind: string): void {
  if (size === 0) throw new FileProblem(`${name}: empty, expected ${expected}`);
  if (size > LARGEST)
    throw new FileProblem(
      `${name}: ${sizeText(size)}, this page reads ${kind} of up to ${sizeText(LARGEST)}; ` +
        'the command line reads larger ones',
    );
}

export async function readText(file: File): Promise<string> {
  checkSize(file.name, file, 'a JSON list of tensors', 'JSON files');
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch (cause) {
    throw new FileProblem(`${file.name}: cannot be read (${(cause as Error).message})`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FileProblem(
      `${file.name}: not UTF-8 text${file.type ? ` but ${file.type}` : ''}, expected a JSON list of tensors`,
      { cause },
    );
  }
}

/** What was dropped: one file, or the reason why not. Folders look like files but for their entry. */
function dropped(transfer: DataTransfer, expected: string): File {
  const [item, ...more] = [...transfer.items].filter(({ kind }) => kind === 'file');
  if (!item) throw new FileProblem(`what was dropped is no file, expected ${expected}`);
  if (more.length > 0)
    throw new FileProblem(`${more.length + 1} files were dropped, expected ${expected.replace(/^a /, 'one ')}`);
  const entry = item.webkitGetAsEntry();
  if (entry?.isDirectory) throw new FileProblem(`${entry.name}: a folder, expected ${expected}`);
  const file = item.getAsFile();
  if (!file) throw new FileProblem('the dropped file cannot be read');
  return file;
}

/** A drop beside its mark, or before the module is there, must not make the browser leave the page for the file. */
export function keepDropsHere(): void {
  for (const type of ['dragover', 'drop'] as const) window.addEventListener(type, (event) => event.preventDefault());
}

/** Who takes what is dropped. `zone` lights up while something is held over the page. */
export interface DropTaker {
  readonly zone: HTMLElement;
  /** Is it this one's turn? Of all takers, one should say so. */
  readonly isFor: () => boolean;
  /** "a JSON file", for messages. */
  readonly expected: string;
  readonly take: (file: File) => void;
  readonly refuse: (problem: unknown) => void;
}

/** Take files dropped anywhere on the page. */
export function acceptDrops({ zone, isFor, expected, take, refuse }: DropTaker): void {
  let inside = 0; // dragenter and dragleave come for each element on the way
  const lit = (change: number): void => {
    inside = Math.max(0, inside + change);
    zone.classList.toggle('over', inside > 0);
  };
  window.addEventListener('dragenter', () => lit(1));
  window.addEventListener('dragleave', () => lit(-1));
  window.addEventListener('drop', (event) => {
    lit(-inside);
    if (!isFor() || !event.dataTransfer) return;
    try {
      take(dropped(event.dataTransfer, expected));
    } catch (problem) {
      refuse(problem);
    }
  });
}
