/** The Operators tab: the controls of 2020. Lists, attributes and the form of the answer all come from the module. */
import {
  answerText,
  readInputs,
  type AttrInfo,
  type Attrs,
  type DType,
  type OperatorInfo,
  Operators,
  type Tensor,
} from 'ms-backend-wasm';
import example from '../../ms-nonweb-plat/config/inputs.json?raw';
import { byId, make, showProblem, timeText } from './dom.js';
import { acceptDrops, readText } from './files.js';

/** One line of help for each operator: text that is not in the module, so a build without it only shows less. */
const HELP = new Map(
  Object.values(
    import.meta.glob<{ name: string; doc: string }[]>('../../../build/wasm/ms_backend_wasm.ops.json', {
      eager: true,
      import: 'operators',
    }),
  )
    .flat()
    .map(({ name, doc }) => [name, doc]),
);

const operator = byId('operator', HTMLSelectElement);
const help = byId('operator-help', HTMLElement);
const dataType = byId('data-type', HTMLElement);
const attributes = byId('attributes', HTMLElement);
const json = byId('json', HTMLTextAreaElement);
const jsonName = byId('json-name', HTMLElement);
const ok = byId('ok', HTMLButtonElement);
const copy = byId('copy', HTMLButtonElement);
const problem = byId('operator-problem', HTMLElement);
const note = byId('output-note', HTMLElement);

/** A text longer than this is kept aside: an editor of megabytes would not answer. */
const LONGEST_EDITED = 200_000;

function attributeField(attr: AttrInfo): HTMLElement {
  const many = attr.kind.endsWith('s');
  const words = `${attr.kind.startsWith('int') ? 'integer' : 'number'}${many ? 's, with commas' : ''}`;
  const input = make('input', {
    id: `attr-${attr.name}`,
    name: attr.name,
    placeholder: attr.required ? '' : 'default',
    autocomplete: 'off',
  });
  return make(
    'label',
    { className: 'field', htmlFor: input.id },
    make(
      'span',
      { className: 'label' },
      attr.name,
      make('span', { className: 'muted' }, ` ${words}${attr.required ? '' : ', optional'}`),
    ),
    input,
  );
}

/** What was typed for an attribute; an empty field is one not given. */
function readAttr(attr: AttrInfo, text: string): number | number[] | undefined {
  if (text.trim() === '') return undefined;
  const numbers = text
    .replace(/^\s*\[|\]\s*$/g, '')
    .split(',')
    .map((part) => {
      const value = part.trim() === '' ? NaN : Number(part);
      if (!Number.isFinite(value)) throw new Error(`${attr.name}: '${part.trim()}' is not a number`);
      return value;
    });
  if (attr.kind.endsWith('s')) return numbers;
  if (numbers.length !== 1) throw new Error(`${attr.name}: ${numbers.length} numbers, expected one`);
  return numbers[0];
}

/** At the foot of the page. `file`: of a module that is not the page's own. */
function showFacts(operators: Operators, file: string): void {
  const { name, notes } = operators.build;
  const why = notes.map((note) => ` (${note})`).join('');
  const build = file === '' ? `It is the ${name} build${why} and uses` : 'It uses';
  byId('facts', HTMLElement).textContent =
    `Operators in ${file || 'the module'}: ${operators.list().length}. ${build} one thread of this device.`;
}

export class OperatorsTab {
  #operators: Operators;
  /** Of the module, where it is not the page's own. */
  #module = '';
  /** The text of a file too long to be edited. */
  #aside: string | undefined;
  /** Where the text comes from, for messages; '' once it was edited. */
  #file = '';

  constructor(operators: Operators) {
    this.#operators = operators;
    operator.disabled = false;
    ok.disabled = false;
    json.value = example;
    this.#name('', 'an example');
    this.#showModule();
    operator.addEventListener('change', () => this.#showChosen());
    byId('operator-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#run();
    });
    json.addEventListener('input', () => this.#name('', 'edited'));
    json.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void this.#run();
    });
    this.#takeFiles();
    copy.addEventListener('click', () => void this.#copy());
  }

  #showModule(): void {
    operator.replaceChildren(...this.#shown().map(({ name }) => make('option', { value: name }, name)));
    // The first one for which the example was made: it takes all of its tensors.
    const tensors = (JSON.parse(example) as unknown[]).length;
    operator.value = (this.#shown().find(({ inputsMin }) => inputsMin === tensors) ?? this.#shown()[0])?.name ?? '';
    this.#showChosen();
    showFacts(this.#operators, this.#module);
  }

  async #takeModule(file: File): Promise<void> {
    try {
      const operators = await Operators.load({ module: file });
      if (operators.list().length === 0)
        throw new Error('a module without operators; one that holds a model is for the Image tab');
      this.#operators.dispose();
      this.#operators = operators;
      this.#module = file.name;
      byId('module-name', HTMLElement).textContent = file.name;
      this.#showModule();
      showProblem(problem, '');
    } catch (error) {
      this.#refuse(new Error(`${file.name}: ${(error as Error).message}`, { cause: error }));
    }
  }

  /** JSON has the data types of 2020, so only operators that take one of them can be called from here. */
  #shown(): OperatorInfo[] {
    const labelled = new Set(this.#operators.dtypes.filter(({ label }) => label !== null).map(({ name }) => name));
    return this.#operators.list().filter(({ dtypes }) => dtypes.some((name) => labelled.has(name)));
  }

  #chosen(): OperatorInfo {
    const chosen = this.#shown().find(({ name }) => name === operator.value);
    if (!chosen) throw new Error('the module lists no operators');
    return chosen;
  }

  #checkedType(): string | undefined {
    return dataType.querySelector<HTMLInputElement>('input:checked')?.value;
  }

  #showChosen(): void {
    help.textContent = (this.#module === '' && HELP.get(operator.value)) || '';
    help.hidden = help.textContent === '';
    this.#showTypes();
    this.#showAttributes();
  }

  #showTypes(): void {
    const before = this.#checkedType();
    const takes = this.#chosen().dtypes;
    const types = this.#operators.dtypes.filter(({ label }) => label !== null);
    const wanted =
      types.find(({ name }) => name === before && takes.includes(name)) ??
      types.find(({ name }) => takes.includes(name));
    dataType.replaceChildren(
      ...types.map((type) => {
        const input = make('input', {
          type: 'radio',
          name: 'data-type',
          value: type.name,
          checked: type === wanted,
          disabled: !takes.includes(type.name),
        });
        return make('label', {}, input, make('span', {}, type.label ?? ''));
      }),
    );
  }

  #showAttributes(): void {
    const { attrs } = this.#chosen();
    attributes.replaceChildren(...attrs.map(attributeField));
    attributes.hidden = attrs.length === 0;
  }

  #takeFiles(): void {
    const file = byId('json-file', HTMLInputElement);
    file.addEventListener('change', () => {
      const chosen = file.files?.[0];
      if (chosen) void this.#take(chosen);
      file.value = ''; // so that the same file, changed, can be chosen again
    });
    const module = byId('module-file', HTMLInputElement);
    module.addEventListener('change', () => {
      const chosen = module.files?.[0];
      if (chosen) void this.#takeModule(chosen);
      module.value = '';
    });
    const isFor = (): boolean => location.hash !== '#image';
    acceptDrops({
      zone: byId('json-drop', HTMLElement),
      isFor,
      expected: 'a JSON file',
      take: (dropped) => void this.#take(dropped),
      refuse: (refused) => this.#refuse(refused),
    });
    // Dropped on a tab that takes no files, it is still for this one.
    window.addEventListener('drop', () => {
      if (isFor()) location.hash = 'operators';
    });
  }

  async #take(file: File): Promise<void> {
    try {
      const text = await readText(file);
      const long = text.length > LONGEST_EDITED;
      this.#aside = long ? text : undefined;
      json.value = long ? '' : text;
      json.placeholder = long ? `${file.name} is too long to be shown here; OK runs it all the same.` : '';
      this.#name(file.name, file.name);
      showProblem(problem, '');
    } catch (refused) {
      this.#refuse(refused);
    }
  }

  #name(file: string, shown: string): void {
    this.#file = file;
    jsonName.textContent = shown;
  }

  #refuse(refused: unknown): void {
    this.#showOutput('', []);
    showProblem(problem, refused);
  }

  async #run(): Promise<void> {
    try {
      const chosen = this.#chosen();
      const type = this.#operators.dtypes.find(({ name }) => name === this.#checkedType());
      if (!type) throw new Error(`choose a data type that ${chosen.name} takes: ${chosen.dtypes.join(', ')}`);
      // Inputs beyond those that the operator takes are left unread, as in 2020.
      const inputs = this.#inputs(type).slice(0, chosen.inputsMax);
      const attrs = this.#attrs(chosen);
      const start = performance.now();
      const outputs = await this.#operators.run(chosen.name, inputs, attrs);
      const time = performance.now() - start;
      const { text, notes } = answerText(chosen, inputs, Object.keys(attrs).length, outputs, this.#operators.dtypes);
      this.#showOutput(text, [`${chosen.name} of ${type.label}, ${timeText(time)}`, ...notes]);
      showProblem(problem, '');
    } catch (error) {
      this.#refuse(error);
    }
    // On a phone the answer is below the form.
    byId('output-title', HTMLElement).scrollIntoView({ block: 'nearest' });
  }

  #inputs(type: DType): Tensor[] {
    try {
      return readInputs(json.value === '' && this.#aside !== undefined ? this.#aside : json.value, type);
    } catch (error) {
      throw new Error(`${this.#file === '' ? 'tensors' : this.#file}: ${(error as Error).message}`, { cause: error });
    }
  }

  #attrs(chosen: OperatorInfo): Attrs {
    const given = chosen.attrs.map(
      (attr) => [attr.name, readAttr(attr, byId(`attr-${attr.name}`, HTMLInputElement).value)] as const,
    );
    return Object.fromEntries(given.filter((pair): pair is [string, number | number[]] => pair[1] !== undefined));
  }

  #showOutput(text: string, notes: string[]): void {
    byId('output', HTMLElement).textContent = text;
    byId('output-box', HTMLElement).hidden = text === '';
    byId('output-empty', HTMLElement).hidden = true;
    // Browsers give the clipboard only to https and localhost.
    copy.hidden = text === '' || navigator.clipboard === undefined;
    copy.textContent = 'Copy';
    note.replaceChildren(notes.join('. '));
    note.hidden = notes.length === 0;
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(byId('output', HTMLElement).textContent ?? '');
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'Not allowed';
    }
  }
}
