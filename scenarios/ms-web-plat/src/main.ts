/** Starts the page: loads the module, fills the tabs, and shows what went wrong where that did not work. */
import './style.css';
import { MswError, Operators } from 'ms-backend-wasm';
import { Digits } from './digits.js';
import { byId, make, showProblem } from './dom.js';
import { keepDropsHere } from './files.js';
import { ImageTab } from './image.js';
import { OperatorsTab } from './operators.js';
import { startTabs } from './tabs.js';

keepDropsHere();
let digits: Digits | undefined;
let image: ImageTab | undefined;
startTabs((name) => {
  if (name === 'digits') digits ??= new Digits();
  if (name === 'image') image ??= new ImageTab();
});

try {
  const operators = await Operators.load();
  new OperatorsTab(operators);
} catch (error) {
  const problem = byId('load-problem', HTMLElement);
  const again = make('button', { type: 'button', className: 'button quiet' }, 'Try again');
  again.addEventListener('click', () => location.reload());
  showProblem(problem, error);
  if (error instanceof MswError && error.status === 'fetch') problem.append(again);
  byId('panel-operators', HTMLElement).inert = true;
  byId('operator', HTMLSelectElement).replaceChildren(make('option', {}, 'not loaded'));
}
