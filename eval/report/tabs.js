// The sections as tabs (WAI-ARIA authoring practices). Without this script they stand one below the other.
(() => {
  "use strict";
  const list = document.querySelector(".tabs");
  const tabs = [...list.querySelectorAll("a")];
  const panels = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  const details = [...document.querySelectorAll("details.slice")];

  function select(chosen, focus) {
    tabs.forEach((tab, place) => {
      const on = place === chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      panels[place].hidden = !on;
    });
    tabs[chosen].scrollIntoView({ block: "nearest", inline: "nearest" });
    if (focus) tabs[chosen].focus({ preventScroll: true });
  }

  function open(chosen, focus) {
    select(chosen, focus);
    history.replaceState(null, "", tabs[chosen].hash);
    // Below the end of the panel before, a reader would not see that another has come.
    if (list.getBoundingClientRect().top <= 0) panels[chosen].scrollIntoView();
  }

  function addressed() {
    return Math.max(0, tabs.findIndex((tab) => tab.hash === location.hash));
  }

  list.setAttribute("role", "tablist");
  // An address with a fragment is to choose the tab, not to scroll the head of the page away.
  panels.forEach((panel) => { panel.id = `panel-${panel.id}`; });
  tabs.forEach((tab, place) => {
    tab.setAttribute("role", "tab");
    tab.id = `tab-${tab.hash.slice(1)}`;
    tab.setAttribute("aria-controls", panels[place].id);
    panels[place].setAttribute("role", "tabpanel");
    panels[place].setAttribute("aria-labelledby", tab.id);
    panels[place].tabIndex = 0;
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      open(place, true);
    });
  });
  list.addEventListener("keydown", (event) => {
    const here = tabs.indexOf(document.activeElement);
    const last = tabs.length - 1;
    const next = {
      ArrowRight: here === last ? 0 : here + 1,
      ArrowLeft: here === 0 ? last : here - 1,
      Home: 0,
      End: last,
      " ": here,
    }[event.key];
    if (here < 0 || next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    open(next, true);
  });
  window.addEventListener("hashchange", () => select(addressed(), false));

  const shut = details.slice(1);
  shut.forEach((each) => { each.open = false; });
  window.addEventListener("beforeprint", () => details.forEach((each) => {
    each.dataset.was = each.open ? "open" : "";
    each.open = true;
  }));
  window.addEventListener("afterprint", () => details.forEach((each) => { each.open = each.dataset.was === "open"; }));

  document.documentElement.classList.add("tabbed");
  select(addressed(), false);
})();
