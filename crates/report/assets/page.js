(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var button = document.getElementById("theme");
  var key = "sentistack-theme";

  function current() {
    return root.dataset.theme || (dark.matches ? "dark" : "light");
  }
  function name() {
    button.textContent = current() === "dark" ? "Light theme" : "Dark theme";
  }
  try {
    var kept = window.localStorage.getItem(key);
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch (e) { /* no storage here: the choice lasts as long as the page */ }
  button.hidden = false;
  button.addEventListener("click", function () {
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    try { window.localStorage.setItem(key, root.dataset.theme); } catch (e) { /* as above */ }
    name();
  });
  dark.addEventListener("change", name);
  name();

  // The shapes' own titles, shown at once and beside the pointer.
  var tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.appendChild(tip);
  document.querySelectorAll("svg.chart > * > title").forEach(function (title) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  });
  document.addEventListener("pointermove", function (event) {
    var shape = event.target.closest ? event.target.closest("[data-tip]") : null;
    tip.hidden = !shape;
    if (!shape) return;
    if (tip.textContent !== shape.dataset.tip) tip.textContent = shape.dataset.tip;
    var x = event.clientX + 14;
    var y = event.clientY + 14;
    if (x + tip.offsetWidth > window.innerWidth - 8) x = event.clientX - tip.offsetWidth - 14;
    if (y + tip.offsetHeight > window.innerHeight - 8) y = event.clientY - tip.offsetHeight - 14;
    tip.style.left = Math.max(8, x) + "px";
    tip.style.top = Math.max(8, y) + "px";
  });
  document.addEventListener("scroll", function () { tip.hidden = true; }, true);
})();
