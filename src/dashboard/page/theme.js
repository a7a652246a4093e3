// Light or dark: as the system says, or as was chosen here. Loaded before the page is painted.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const key = "sentistack-theme";

  function current() {
    return root.dataset.theme || (dark.matches ? "dark" : "light");
  }
  function changed() {
    const button = document.getElementById("theme");
    if (button) button.textContent = current() === "dark" ? "Light theme" : "Dark theme";
    document.dispatchEvent(new CustomEvent("theme"));
  }
  try {
    const kept = window.localStorage.getItem(key);
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* no storage here: the choice lasts as long as the page */ }
  dark.addEventListener("change", changed);
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      root.dataset.theme = current() === "dark" ? "light" : "dark";
      try { window.localStorage.setItem(key, root.dataset.theme); } catch { /* as above */ }
      changed();
    });
    changed();
  });
})();
