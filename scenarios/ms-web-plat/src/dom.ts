/** The few things that every part of the page does with the document. */

/** An element that index.html has. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
  return element;
}

/** A new element; text is only ever text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), props);
  element.append(...children);
  return element;
}

/** Show an error where its reader looks, in the words it came with; '' hides it. */
export function showProblem(box: HTMLElement, problem: unknown): void {
  const text = problem instanceof Error ? problem.message : String(problem);
  box.replaceChildren(text);
  box.hidden = text === '';
}

/** Milliseconds as a person reads them. Browsers round their clock, to 0.1 ms for most pages. */
export function timeText(milliseconds: number): string {
  if (milliseconds < 0.1) return 'less than 0.1 ms';
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${Math.round(milliseconds)} ms`;
}

/** Never 100 % for less than all of it, never 0 % for more than nothing. */
export function percentText(p: number): string {
  if (p > 0 && p < 0.0005) return '<0.1 %';
  if (p < 1 && p >= 0.9995) return '>99.9 %';
  return `${(100 * p).toFixed(1)} %`;
}
