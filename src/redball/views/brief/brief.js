// The brief works without this file. With it: the slider moves the map, filters choose what it shows, the theme turns.
(() => {
  "use strict";
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);
  root.classList.add("js");

  // theme and print
  const theme = find("#theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (systemDark.matches ? "dark" : "light")) === "dark";
  const showTheme = () => theme.setAttribute("aria-pressed", String(isDark()));
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; showTheme(); });
  systemDark.addEventListener("change", showTheme);
  showTheme();
  find("#print").addEventListener("click", () => window.print());

  // map
  const block = find("#data");
  if (!block) return;
  const data = JSON.parse(block.textContent);
  const [lane, item, depart, length, tonnes] = data.moves;
  const [dotMin, dotMax, tonnesMax] = data.dot;
  const slider = find("#day"), filter = find("#filter"), play = find("#play");
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const SVG = "http://www.w3.org/2000/svg";
  find("#controls").hidden = false;

  const dateOf = (day) => {
    const date = new Date(data.start + "T00:00:00Z");
    date.setUTCDate(date.getUTCDate() + day);
    return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  };
  const mass = (t) => {
    const shown = Math.abs(t) < 10 ? Math.round(t * 10) / 10 : Math.round(t);
    return `${shown.toLocaleString("en-US", { maximumFractionDigits: 1 })} t`;
  };

  // point at a share of a line's length; lengths are measured once
  const along = {};
  for (const [key, lines] of Object.entries(data.maps)) {
    for (const [index, points] of Object.entries(lines)) {
      const sums = [0];
      for (let k = 2; k < points.length; k += 2) {
        sums.push(sums[sums.length - 1] + Math.hypot(points[k] - points[k - 2], points[k + 1] - points[k - 1]));
      }
      along[key + index] = sums;
    }
  }
  const pointAt = (key, index, share) => {
    const points = data.maps[key][index], sums = along[key + index];
    const wanted = share * sums[sums.length - 1];
    let k = 1;
    while (k < sums.length - 1 && sums[k] < wanted) k += 1;
    const part = (wanted - sums[k - 1]) / (sums[k] - sums[k - 1] || 1);
    const at = 2 * (k - 1);
    return [points[at] + part * (points[at + 2] - points[at]), points[at + 1] + part * (points[at + 3] - points[at + 1])];
  };

  // which items and lanes the filter lets through; with few lanes in use all are drawn, else the busiest of the filter
  let wantedItem = () => true;
  let shownLanes = new Set();
  const choose = () => {
    const [kind, value] = filter.value.split(":");
    if (kind === "class") wantedItem = (k) => data.items[k].class === value;
    else if (kind === "item") wantedItem = (k) => k === Number(value);
    else wantedItem = () => true;
    if (!kind) {
      shownLanes = new Set(Array.from({ length: data.shown }, (_, k) => k));
    } else {
      const sums = new Map();
      lane.forEach((l, m) => { if (wantedItem(item[m])) sums.set(l, (sums.get(l) || 0) + tonnes[m]); });
      const busiest = [...sums].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, data.lanesMax);
      shownLanes = new Set(busiest.map(([l]) => l));
    }
    for (const path of document.querySelectorAll("[data-lane]")) {
      path.toggleAttribute("hidden", !shownLanes.has(Number(path.dataset.lane)));
    }
  };

  const out = (name, text) => { find(`[data-out="${name}"]`).textContent = text; };
  const drawDots = (now) => {
    const sums = new Map();
    let total = 0;
    for (const m of now) {
      sums.set(item[m], (sums.get(item[m]) || 0) + tonnes[m]);
      if (wantedItem(item[m])) total += tonnes[m];
    }
    const day = Number(slider.value);
    const large = now.filter((m) => wantedItem(item[m]) && shownLanes.has(lane[m])).sort((a, b) => tonnes[b] - tonnes[a]);
    for (const group of document.querySelectorAll("[data-dots]")) {
      const key = group.dataset.dots, scale = Number(group.dataset.scale), made = [];
      for (const m of large) {
        if (!data.maps[key][lane[m]]) continue;
        const [x, y] = pointAt(key, lane[m], (day - depart[m] + 0.5) / length[m]);
        const size = Math.max(dotMin, dotMax * Math.sqrt(Math.min(1, tonnes[m] / tonnesMax)));
        const dot = document.createElementNS(SVG, "path");
        dot.setAttribute("d", data.items[item[m]].shape);
        dot.setAttribute("fill", `var(--class-${data.items[item[m]].class})`);
        dot.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${(size * scale).toFixed(2)})`);
        made.push(dot);
      }
      group.replaceChildren(...made);
    }
    out("total", mass(total));
    for (const row of document.querySelectorAll("[data-item]")) {
      const here = sums.get(Number(row.dataset.item)) || 0;
      row.querySelector("b").textContent = mass(here);
      row.classList.toggle("none", !(here > 0) || !wantedItem(Number(row.dataset.item)));
    }
  };
  const drawStates = (day) => {
    const worst = new Map();
    data.pairs.forEach(([place, k], p) => {
      if (wantedItem(k)) worst.set(place, Math.max(worst.get(place) || 0, Number(data.states[p][day])));
    });
    for (const mark of document.querySelectorAll("[data-place]")) {
      mark.dataset.state = String(worst.get(Number(mark.dataset.place)) || 0);
    }
    const count = (state) => String([...worst.values()].filter((found) => found === state).length);
    out("dry", count(3));
    out("low", count(2));
    out("covered", count(1));
  };
  const draw = () => {
    const day = Number(slider.value), now = [];
    for (let m = 0; m < lane.length; m += 1) {
      if (depart[m] <= day && depart[m] + length[m] > day) now.push(m);
    }
    drawDots(now);
    drawStates(day);
    out("date", dateOf(day));
    slider.setAttribute("aria-valuetext", dateOf(day));
  };

  let timer = 0;
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); };
  play.addEventListener("click", () => {
    if (timer) { stop(); return; }
    if (Number(slider.value) === data.days - 1) slider.value = "0";
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      if (Number(slider.value) >= data.days - 1) { stop(); return; }
      slider.value = String(Number(slider.value) + 1);
      draw();
    }, 220);
  });
  slider.addEventListener("input", () => { if (timer) stop(); draw(); });
  filter.addEventListener("change", () => { choose(); draw(); });
  choose();
  draw();
})();
