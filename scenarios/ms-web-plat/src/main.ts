/** Starts the page: loads the module, fills the tabs, and shows what went wrong where that did not work. */
import './style.css';
import { Operators } from 'ms-backend-wasm';
import { Digits } from './digits.js';
import { byId, showProblem } from './dom.js';
import { OperatorsTab } from './operators.js';
import { startTabs } from './tabs.js';

let digits: Digits | undefined;
startTabs((name) => {
  if (name === 'digits') digits ??= new Digits();
});

try {
  const operators = await Operators.load();
  new OperatorsTab(operators);
  byId('facts', HTMLElement).textContent =
    `Operators in the module: ${operators.list().length}. It uses SIMD and one thread of this device.`;
} catch (error) {
  showProblem(byId('load-problem', HTMLElement), error);
}
