// Runs before the first paint: the color scheme chosen earlier, or the one of the machine.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("cartridges.color-scheme");
  } catch {
    // Storage may be forbidden; the machine's own scheme is then as good.
  }
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
