// Dark or light: what the system says, unless the person chose.

import { icon } from "./icons.js";

const KEPT = "messente-rcs-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

const chosen = () => localStorage.getItem(KEPT);
const isDark = () => (chosen() ?? (system.matches ? "dark" : "light")) === "dark";

/** Let the button change the theme, and keep what was chosen. */
export function startTheme(button) {
  const apply = () => {
    if (chosen()) document.documentElement.dataset.theme = chosen();
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
  };
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, isDark() ? "light" : "dark");
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
