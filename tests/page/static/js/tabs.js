// Tabs by the pattern of WAI-ARIA: one stop for the Tab key; arrows, Home and End move among them.

import { el } from "./dom.js";

/**
 * Make tabs and their panels.
 * @param {string} name    names the group to a screen reader
 * @param {{id: string, title: string, panel: HTMLElement}[]} tabs
 * @param {() => void} [onChoose]
 * @returns {{list: HTMLElement, panels: HTMLElement[], choose: (id: string) => void, button: (id: string) => HTMLElement}}
 */
export function makeTabs(name, tabs, onChoose) {
  const buttons = tabs.map(({ id, title }) =>
    el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${id}`,
        "aria-controls": `panel-${id}`,
        on: { click: () => choose(id) },
      },
      el("span", { text: title }),
    ),
  );
  const panels = tabs.map(({ id, panel }) => dressPanel(id, panel));
  const list = el(
    "div",
    { class: "tabs", role: "tablist", "aria-label": name, on: { keydown: (event) => move(event, buttons) } },
    ...buttons,
  );
  const choose = (id) => {
    tabs.forEach((tab, index) => {
      buttons[index].setAttribute("aria-selected", String(tab.id === id));
      buttons[index].tabIndex = tab.id === id ? 0 : -1;
      panels[index].hidden = tab.id !== id;
    });
    onChoose?.();
  };
  choose(tabs[0].id);
  return { list, panels, choose, button: (id) => buttons[tabs.findIndex((tab) => tab.id === id)] };
}

function dressPanel(id, panel) {
  panel.id = `panel-${id}`;
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `tab-${id}`);
  panel.tabIndex = 0;
  return panel;
}

function move(event, buttons) {
  const from = buttons.indexOf(document.activeElement);
  const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const next = buttons.at(to % buttons.length);
  next.click();
  next.focus();
}
