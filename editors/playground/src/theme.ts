/** Light or dark: as the system has it, until somebody says otherwise. */

const KEPT = "rfos-theme";

export function followTheme(button: HTMLElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => localStorage.getItem(KEPT);
  const show = () => {
    document.documentElement.dataset.theme = kept() ?? (system.matches ? "dark" : "light");
  };
  system.addEventListener("change", show);
  button.addEventListener("click", () => {
    localStorage.setItem(KEPT, document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    show();
  });
  show();
}
