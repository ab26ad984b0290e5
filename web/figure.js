"use strict";
// Code shared by the pages of runs and experiments: figures with controls, data and downloads, and chart styles.
const page = (() => {
  // Colours of Okabe and Ito (2008) without yellow, which is hard to see on white, plus two greys, an indigo and a green. src/report/charts/draw uses the same list.
  const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a8a", "#332288", "#b9b9b9", "#117733"];
  const FONT = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const make = (tag, props = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(props)) {
      if (key in node && key !== "list") node[key] = value; else node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  };

  const short = (value) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "";
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 100) return value.toLocaleString("en", { maximumFractionDigits: 0 });
    return String(Number(value.toPrecision(3)));
  };
  // A figure: heading, controls, chart, and its data as a table and files.
  const figures = [];
  let prefix = "tollway";
  const figure = (key, heading, text, controls, draw) => {
    const chartBox = make("div", { className: "chart", role: "img", ariaLabel: heading });
    const tableBox = make("div", { className: "scroll", hidden: true, tabIndex: 0, role: "region", ariaLabel: `${heading}: data` });
    const answer = make("p", { className: "answer", hidden: true, ariaLive: "polite" });
    const bar = make("div", { className: "controls" });
    const tools = make("div", { className: "tools" });
    const said = make("p", { textContent: text });
    const caption = make("figcaption", {}, make("h3", { textContent: heading }), said);
    const box = make("figure", { id: key }, caption, bar, answer, chartBox, tools, tableBox);
    document.getElementById("figures").append(box);
    let chart = null;
    let rows = [];
    const figureState = { values: {} };
    const redraw = () => {
      const made = draw(figureState.values, { answer });
      rows = made.rows;
      if (made.text) said.textContent = made.text;
      chartBox.style.height = made.height ? `${made.height}px` : "";
      chartBox.setAttribute("aria-label", `${heading}. ${made.label || ""}`);
      if (chart) chart.dispose();
      chart = echarts.init(chartBox, null, { renderer: "svg" });
      chart.setOption({ backgroundColor: "transparent", animation: false, textStyle: { fontFamily: FONT, color: css("--ink") }, ...made.option });
      if (!tableBox.hidden) fillTable();
    };
    const fillTable = () => tableBox.replaceChildren(tableOf(rows));
    for (const control of controls) {
      const id = `${key}-${control.key}`;
      const input = control.options
        ? make("select", { id }, ...control.options(figureState.values).map(([value, label]) => make("option", { value, textContent: label })))
        : make("input", { id, type: "number", step: "any" });
      if (control.start !== undefined) input.value = control.start;
      figureState.values[control.key] = input.value;
      input.addEventListener(control.options ? "change" : "input", () => {
        figureState.values[control.key] = input.value;
        for (const other of controls) {
          if (!other.follows || !other.follows.includes(control.key)) continue;
          const select = document.getElementById(`${key}-${other.key}`);
          const before = select.value;
          if (other.options) {
            select.replaceChildren(...other.options(figureState.values).map(([value, label]) => make("option", { value, textContent: label })));
            if ([...select.options].some((option) => option.value === before)) select.value = before;
          } else if (other.suggest) {
            select.value = other.suggest(figureState.values);
          }
          figureState.values[other.key] = select.value;
        }
        redraw();
      });
      bar.append(make("label", { htmlFor: id }, control.label, input));
      if (!control.options && control.suggest) {
        input.value = control.suggest(figureState.values);
        figureState.values[control.key] = input.value;
      }
    }
    if (!controls.length) bar.hidden = true;
    const toggle = make("button", { type: "button", textContent: "Data", ariaExpanded: "false" });
    toggle.addEventListener("click", () => {
      tableBox.hidden = !tableBox.hidden;
      toggle.setAttribute("aria-expanded", String(!tableBox.hidden));
      if (!tableBox.hidden) fillTable();
    });
    const button = (label, act) => {
      const node = make("button", { type: "button", textContent: label, ariaLabel: `${label}: ${heading}` });
      node.addEventListener("click", act);
      return node;
    };
    tools.append(toggle,
      button("CSV", () => save(`${prefix}-${key}.csv`, new Blob([csvOf(rows)], { type: "text/csv" }))),
      button("SVG", () => save(`${prefix}-${key}.svg`, new Blob([svgOf(chart)], { type: "image/svg+xml" }))),
      button("PNG", () => pngOf(chart, chartBox, (blob) => save(`${prefix}-${key}.png`, blob))));
    figures.push({ redraw, resize: () => chart && chart.resize() });
    redraw();
  };

  const tableOf = (rows) => {
    const isNumber = (value) => typeof value === "number";
    const [head, ...body] = rows;
    const cell = (tag, value, numeric) => make(tag, { className: numeric ? "n" : "", textContent: isNumber(value) ? short(value) : value ?? "" });
    const numeric = head.map((_, column) => body.some((row) => isNumber(row[column])));
    return make("table", {},
      make("thead", {}, make("tr", {}, ...head.map((value, column) => { const th = cell("th", value, numeric[column]); th.scope = "col"; return th; }))),
      make("tbody", {}, ...body.map((row) => make("tr", {}, ...row.map((value, column) => cell("td", value, numeric[column]))))));
  };
  const csvOf = (rows) => rows.map((row) => row.map((value) => {
    const text = String(value ?? "");
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")).join("\n") + "\n";
  const save = (name, blob) => {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const svgOf = (chart) => chart.renderToSVGString();
  const pngOf = (chart, box, done) => {
    const image = new Image();
    const [width, height] = [box.clientWidth, box.clientHeight];
    image.onload = () => {
      const canvas = make("canvas", { width: width * 2, height: height * 2 });
      const pen = canvas.getContext("2d");
      pen.scale(2, 2);
      pen.fillStyle = css("--paper");
      pen.fillRect(0, 0, width, height);
      pen.drawImage(image, 0, 0, width, height);
      canvas.toBlob(done);
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgOf(chart))}`;
  };

  const axis = () => ({ axisLine: { lineStyle: { color: css("--soft") } }, axisLabel: { color: css("--ink") }, splitLine: { lineStyle: { color: css("--line") } },
    nameTextStyle: { color: css("--soft") } });
  const tip = () => ({ trigger: "axis", confine: true, backgroundColor: css("--card"), borderColor: css("--line"), textStyle: { color: css("--ink") } });
  const legend = (extra = {}) => ({ type: "scroll", top: 0, textStyle: { color: css("--ink") }, pageTextStyle: { color: css("--ink") }, ...extra });
  // What was observed before a run, as dots, and its start as a line from `low` to `high`. Places are in months of the run,
  // the first at zero; an axis of months has room for the middle of each, and half a month counts for the earlier one.
  const monthOf = (place, before) => before + Math.ceil(place - 0.5);
  const seenSeries = (points, scale, colour, grid, before, [low, high]) => (points.length ? [
    { type: "line", name: "observed", data: points.map(([place, value]) => [monthOf(place, before), value / scale]), symbol: "circle", symbolSize: 7, showSymbol: true, showAllSymbol: true,
      lineStyle: { opacity: 0 }, itemStyle: { color: colour }, xAxisIndex: grid, yAxisIndex: grid, silent: true },
    { type: "line", name: "start", data: [[before - 1, low], [before - 1, high]], symbol: "none", lineStyle: { color: css("--soft"), width: 1.5, type: "dashed" }, xAxisIndex: grid, yAxisIndex: grid, silent: true, tooltip: { show: false } }] : []);
  const seenText = (points, at, before, text) => points.filter(([place]) => monthOf(place, before) === at).map(([, value]) => `<br>observed: ${text(value)}`).join("");
  // A fan: two bands and the median, as stacked areas; `before` months of the axis stay empty.
  const fanSeries = (quantiles, scale, colour, grid, before = 0) => {
    const padded = (row) => [...Array(before).fill(null), ...row];
    const [p05, p25, p50, p75, p95] = quantiles.map((row) => row.map((value) => value / scale));
    const band = (low, high, opacity, name) => [
      { type: "line", stack: `${name}${grid}`, stackStrategy: "all", data: padded(low), symbol: "none", lineStyle: { opacity: 0 }, xAxisIndex: grid, yAxisIndex: grid, silent: true, tooltip: { show: false } },
      { type: "line", stack: `${name}${grid}`, stackStrategy: "all", data: padded(high.map((value, month) => value - low[month])), symbol: "none", lineStyle: { opacity: 0 },
        areaStyle: { color: colour, opacity }, xAxisIndex: grid, yAxisIndex: grid, silent: true, tooltip: { show: false } }];
    return [...band(p05, p95, 0.2, "wide"), ...band(p25, p75, 0.35, "narrow"),
      { type: "line", name: "median", data: padded(p50), symbol: "none", lineStyle: { color: colour, width: 2.5 }, itemStyle: { color: colour }, xAxisIndex: grid, yAxisIndex: grid }];
  };

  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(() => figures.forEach(({ redraw }) => redraw()), 150); });
  dark.addEventListener("change", () => figures.forEach(({ redraw }) => redraw()));
  window.addEventListener("beforeprint", () => figures.forEach(({ resize }) => resize()));
  // A searchable table of the numbers of a scenario: [path, value, unit, class, source, file and line].
  const classesOf = (list) => {
    const classes = {};
    for (const [, , , kind] of list) if (kind) classes[kind] = (classes[kind] || 0) + 1;
    return classes;
  };
  const parameters = (list) => {
    const classes = classesOf(list);
    const input = make("input", { id: "filter", type: "search", size: 28 });
    const only = make("select", { id: "only" }, make("option", { value: "", textContent: "all classes" }), ...Object.keys(classes).sort().map((kind) => make("option", { value: kind, textContent: kind })));
    const rowsBox = make("tbody");
    const count = make("p", { className: "note", ariaLive: "polite" });
    const show = () => {
      const wanted = input.value.toLowerCase();
      const found = list.filter(([path, value, , kind, source]) => (!only.value || kind === only.value)
        && (!wanted || `${path} ${value} ${source}`.toLowerCase().includes(wanted)));
      count.textContent = `${found.length} of ${list.length} values${found.length > 200 ? ", the first 200 shown" : ""}`;
      rowsBox.replaceChildren(...found.slice(0, 200).map(([path, value, unit, kind, source, place]) => make("tr", {},
        make("td", { className: "long", textContent: path }), make("td", { className: "long", textContent: `${value} ${unit}`.trim() }), make("td", { textContent: kind }),
        make("td", { className: "long", textContent: source }), make("td", { className: "long", textContent: place }))));
    };
    input.addEventListener("input", show);
    only.addEventListener("change", show);
    const box = make("div", { id: "parameters" }, make("h3", { textContent: "All numbers and their sources" }),
      make("div", { className: "controls" }, make("label", { htmlFor: "filter" }, "Search", input), make("label", { htmlFor: "only" }, "Class", only)), count,
      make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Parameters" }, make("table", {},
        make("thead", {}, make("tr", {}, ...["parameter", "value", "class", "source", "file and line"].map((textContent) => make("th", { textContent, scope: "col" })))), rowsBox)));
    show();
    return box;
  };
  const named = (name) => { prefix = name; };
  return { COLOURS, axis, classesOf, csvOf, css, dark, fanSeries, figure, legend, make, named, parameters, pngOf, save, seenSeries, seenText, short, tableOf, tip };
})();
