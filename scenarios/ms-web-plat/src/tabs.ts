/**
 * The tabs, by mouse, by arrow keys (as the ARIA practices have it) and by the address: #digits opens that one.
 */
import { byId } from './dom.js';

export function startTabs(shown: (name: string) => void): void {
  const tabs = [...document.querySelectorAll<HTMLButtonElement>('[role=tab]')];
  const nameOf = (tab: HTMLButtonElement): string => tab.id.replace('tab-', '');

  const show = (chosen: HTMLButtonElement): void => {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      byId(`panel-${nameOf(tab)}`, HTMLElement).hidden = tab !== chosen;
    }
    shown(nameOf(chosen));
  };
  const fromAddress = (): void => {
    const chosen = tabs.find((tab) => `#${nameOf(tab)}` === location.hash) ?? tabs[0];
    if (chosen) show(chosen);
  };
  const choose = (tab: HTMLButtonElement): void => {
    history.replaceState(null, '', `#${nameOf(tab)}`);
    show(tab);
  };
  const steps: Record<string, (i: number) => number> = {
    ArrowRight: (i) => (i + 1) % tabs.length,
    ArrowLeft: (i) => (i + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      const next = tabs[steps[event.key]?.(i) ?? -1];
      if (!next) return;
      event.preventDefault();
      choose(next);
      next.focus();
    });
  });
  window.addEventListener('hashchange', fromAddress);
  fromAddress();
}
