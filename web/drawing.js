// Charts that the program describes (src/report/charts/mod.rs), drawn the same on the page of a run and of an experiment.
const drawing = (() => {
  const { COLOURS, axis, css, fanSeries, figure, legend, make, seenSeries, seenText, short, tip } = page;
  // A waterfall from a whole and its parts: [name, size, colour, text] from top to bottom.
  const waterfall = ([whole, size], steps, unit) => {
    let level = size;
    const bars = [[whole, 0, size, css("--soft"), short(size)]];
    for (const [name, part, colour, text] of steps) {
      bars.push([name, Math.min(level, level - part), Math.abs(part), colour, text]);
      level -= part;
    }
    const narrow = document.getElementById("figures").clientWidth < 620;
    const names = narrow ? 96 : 190;
    return {
      option: {
        grid: { left: names + 12, right: narrow ? 110 : 150, top: 10, bottom: 40 }, tooltip: { show: false }, aria: { enabled: true },
        xAxis: { type: "value", min: Math.min(0, ...bars.map(([, from]) => Math.floor(from))), max: size, name: unit, nameLocation: "middle", nameGap: 26, ...axis() },
        yAxis: { type: "category", inverse: true, data: bars.map(([name]) => name), ...axis(), axisLabel: { color: css("--ink"), width: names, overflow: "break", lineHeight: 14 } },
        series: [
          { type: "bar", stack: "whole", data: bars.map(([, from]) => from), itemStyle: { color: "transparent" }, silent: true },
          { type: "bar", stack: "whole", data: bars.map(([, , length, color]) => ({ value: length, itemStyle: { color } })), barCategoryGap: "25%",
            label: { show: true, position: "right", color: css("--ink"), fontSize: narrow ? 10 : 12, formatter: ({ dataIndex }) => bars[dataIndex][4] } }] },
      height: 60 + bars.length * 30,
    };
  };
  const written = {
    short, percent: (value) => `${short(100 * value)} %`, cents: (value) => (100 * value).toFixed(1), signed: (value) => `${value > 0 ? "+" : ""}${short(value)}`,
    figure: (value) => {
      const [scale, letter] = [[1e9, " bn"], [1e6, " m"], [1e4, " k"], [0, ""]].find(([least]) => Math.abs(value) >= least * 0.9995);
      return `${short(value / (letter === " k" ? 1e3 : scale || 1))}${letter}`;
    },
  };
  const narrow = () => document.getElementById("figures").clientWidth < 620;
  const names = () => (narrow() ? 110 : 330);
  const nameAxis = (labels) => ({ type: "category", inverse: true, data: labels, ...axis(), axisLabel: { color: css("--ink"), width: names(), overflow: "break", interval: 0, fontSize: narrow() ? 10 : 12, lineHeight: 14 } });
  // A row is high enough for the wrapped lines of the longest name.
  const rowHeight = (labels) => Math.max(34, 8 + 15 * Math.ceil(Math.max(...labels.map((label) => label.length)) * (narrow() ? 5.6 : 6.6) / names()));
  const valueAxis = (text, extra = {}) => ({ type: "value", ...axis(), axisLabel: { color: css("--ink"), formatter: text, hideOverlap: true }, ...extra });

  const draw = {
    months: ({ before = [], months, panels }, { panel }) => {
      const all = [...before, ...months];
      const chosen = panel ? panels.filter(({ title }) => title === panel) : panels;
      const wide = document.getElementById("figures").clientWidth;
      const columns = chosen.length === 1 ? 1 : wide < 620 ? 1 : chosen.length === 2 || chosen.length === 4 ? 2 : 3;
      const lines = Math.ceil(chosen.length / columns);
      const high = chosen.length === 1 ? 330 : 200;
      const option = { grid: [], xAxis: [], yAxis: [], series: [], title: [], aria: { enabled: true }, tooltip: { ...tip(), formatter: (points) => {
        const at = chosen[points[0].axisIndex ?? 0] ?? chosen[0];
        const place = all.indexOf(points[0].axisValue);
        const month = place - before.length;
        const text = written[at.numbers];
        if (month < 0) return [`<b>${all[place]}</b>`, ...at.layers.map((layer) => `${layer.name}${seenText(layer.seen || [], place, before.length, text)}`)].join("<br>");
        const said = at.layers.map((layer) => layer.kind === "fan" && layer.quantiles[0][month] === layer.quantiles[4][month] ? `${layer.name}: ${text(layer.quantiles[2][month])}` : layer.kind === "fan"
          ? `${layer.name}: ${text(layer.quantiles[2][month])}<br>50 %: ${text(layer.quantiles[1][month])} to ${text(layer.quantiles[3][month])}<br>90 %: ${text(layer.quantiles[0][month])} to ${text(layer.quantiles[4][month])}`
          : `${layer.name}: ${text(layer.high[month] - layer.low[month])}`);
        return [`<b>${months[month]}</b>`, ...said].join("<br>");
      } } };
      chosen.forEach((one, index) => {
        const [column, line] = [index % columns, Math.floor(index / columns)];
        const width = 100 / columns;
        const top = line * (high + 64);
        option.grid.push({ left: `${column * width + 5.5}%`, width: `${width - 7}%`, top: top + 34, height: high });
        option.title.push({ text: one.title, left: `${column * width + 5.5}%`, top, textStyle: { fontSize: 14, color: css("--ink") } });
        option.xAxis.push({ type: "category", data: all, boundaryGap: false, ...axis(), axisTick: { show: false }, gridIndex: index,
          axisLabel: { color: css("--ink"), hideOverlap: true, interval: (at) => at % 12 === 0 } });
        const least = one.range[0];
        option.yAxis.push(valueAxis(written[one.numbers], { gridIndex: index, min: least, max: one.range[1] > least ? one.range[1] : least + 1, ...axis(),
          axisLabel: { color: css("--ink"), formatter: written[one.numbers], showMaxLabel: false, showMinLabel: least === 0 } }));
        for (const layer of one.layers) {
          const colour = COLOURS[layer.colour % COLOURS.length];
          if (layer.kind === "fan") option.series.push(...fanSeries(layer.quantiles, 1, colour, index, before.length), ...seenSeries(layer.seen || [], 1, colour, index, before.length, one.range));
          else option.series.push({ type: "line", name: layer.name, stack: `stack${index}`, symbol: "none", data: layer.high.map((value, at) => value - layer.low[at]), lineStyle: { opacity: 0 },
            areaStyle: { color: colour, opacity: 0.9 }, itemStyle: { color: colour }, xAxisIndex: index, yAxisIndex: index });
        }
      });
      const rows = [["panel", "month", "series", "5 %", "25 %", "median", "75 %", "95 %"], ...chosen.flatMap(({ title, layers }) => layers.flatMap((layer) => months.map((month, at) =>
        [title, month, layer.name, ...(layer.kind === "fan" ? layer.quantiles.map((row) => row[at]) : ["", "", layer.high[at] - layer.low[at], "", ""])])))];
      for (const { title, layers } of chosen) for (const { name, seen = [] } of layers) rows.push(...seen.map(([place, value]) => [title, all[Math.max(0, before.length + Math.ceil(place - 0.5))], `${name}, observed`, "", "", value, "", ""]));
      return { option, rows, height: lines * (high + 64) + 8, label: `panels: ${chosen.map(({ title }) => title).join(", ")}` };
    },

    bars: ({ numbers, bars }) => {
      const text = written[numbers];
      const labels = bars.map(({ label }) => label);
      return {
        option: {
          aria: { enabled: true }, grid: { left: names() + 14, right: 80, top: 8, bottom: 34 }, xAxis: valueAxis(text), yAxis: nameAxis(labels),
          tooltip: { ...tip(), trigger: "item", formatter: ({ dataIndex, seriesIndex }) => {
            const bar = bars[seriesIndex === 0 ? dataIndex : Math.floor(dataIndex / 3)];
            const [low, high] = bar.interval;
            return `<div style="max-width:420px;white-space:normal"><b>${escapeText(bar.label)}</b><br>${text(bar.value)}${high > low ? `, 95 %: ${text(low)} to ${text(high)}` : ""}</div>`;
          } },
          series: [
            { type: "bar", barMaxWidth: 22, barCategoryGap: "30%", data: bars.map(({ value, colour }) => ({ value, itemStyle: { color: COLOURS[colour % COLOURS.length], opacity: 0.8 } })) },
            { type: "line", symbol: "none", silent: true, z: 3, lineStyle: { color: css("--ink"), width: 2 },
              data: bars.flatMap(({ interval: [low, high] }, at) => [[low, at], [high, at], ["-", at]]) },
            { type: "bar", barGap: "-100%", silent: true, itemStyle: { color: "transparent" }, barMaxWidth: 22, barCategoryGap: "30%", data: bars.map(({ value, interval: [low, high] }) => (value < 0 ? Math.max(0, high) : Math.max(value, high))),
              label: { show: true, position: "right", color: css("--ink"), formatter: ({ dataIndex }) => text(bars[dataIndex].value) } }] },
        rows: [["name", "value", "95 % from", "95 % to"], ...bars.map(({ label, value, interval }) => [label, value, ...interval])],
        height: 60 + bars.length * rowHeight(labels),
        label: bars.slice(0, 3).map(({ label, value }) => `${label} ${text(value)}`).join(", "),
      };
    },

    tornado: ({ numbers, middle, swings }) => {
      const text = written[numbers];
      const side = (name, key, colour) => ({ type: "bar", name, barGap: "-100%", barMaxWidth: 22, itemStyle: { color: colour, opacity: 0.8 },
        data: swings.map((swing) => swing[key] - middle),
        label: { show: !narrow(), color: css("--ink"), formatter: ({ dataIndex }) => text(swings[dataIndex][key]) } });
      const low = side("input in its lowest fifth", "low", COLOURS[0]);
      const high = side("input in its highest fifth", "high", COLOURS[5]);
      // If both ends are on one side of the mean, the shorter bar has no label: it would overlap the longer bar.
      const isInner = (value, other) => value * other > 0 && Math.abs(value) < Math.abs(other);
      const marked = (data, others) => data.map((value, at) => ({ value, label: { position: value < 0 ? "left" : "right", show: !narrow() && !isInner(value, others[at]) } }));
      [low.data, high.data] = [marked(low.data, high.data), marked(high.data, low.data)];
      const room = Math.max(...swings.flatMap((swing) => [Math.abs(swing.low - middle), Math.abs(swing.high - middle)])) * 1.25;
      return {
        option: {
          aria: { enabled: true }, legend: legend(), grid: { left: names() + 14, right: 30, top: 40, bottom: 34 }, yAxis: nameAxis(swings.map(({ label }) => label)),
          xAxis: valueAxis((value) => text(value + middle), { min: -room, max: room }),
          tooltip: { ...tip(), axisPointer: { type: "shadow" }, formatter: ([{ dataIndex }]) => {
            const swing = swings[dataIndex];
            return `<b>${escapeText(swing.label)}</b><br>lowest fifth: ${text(swing.low)}<br>mean: ${text(middle)}<br>highest fifth: ${text(swing.high)}`;
          } },
          series: [low, high] },
        rows: [["input", "lowest fifth", "mean of all", "highest fifth"], ...swings.map(({ label, low: least, high: most }) => [label, least, middle, most])],
        height: 90 + swings.length * rowHeight(swings.map(({ label }) => label)),
        label: swings.slice(0, 3).map((swing) => `${swing.label} from ${text(swing.low)} to ${text(swing.high)}`).join(", "),
      };
    },

    waterfall: ({ numbers, whole: [name, whole], steps }) => {
      const text = written[numbers];
      const bars = steps.map(({ label, value, interval, colour }) =>
        [label, 100 * value, COLOURS[colour % COLOURS.length], `${text(value)}${interval ? ` (${text(interval[0])} to ${text(interval[1])})` : ""}`]);
      return { ...waterfall([name, 100 * whole], bars, "cents"), rows: [["who", "share", "5 %", "95 %"], ...steps.map(({ label, value, interval }) => [label, value, ...(interval || ["", ""])])], label: bars.map(([who, , , said]) => `${who} ${said}`).join(", ") };
    },

    heat: ({ numbers, x: [xName, xs], y: [yName, ys], rows: cells }) => {
      const text = written[numbers];
      const points = cells.flatMap((row, down) => row.map((cell, across) => [across, down, cell && cell[0], cell && cell[1]])).filter(([, , value]) => value !== null);
      const values = points.map(([, , value]) => value);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      return {
        option: {
          aria: { enabled: true }, grid: { left: Math.min(names(), 30 + 8 * Math.max(...ys.map((label) => label.length), 4)), right: 20, top: 34, bottom: 96 },
          xAxis: { type: "category", data: xs, name: xName, nameLocation: "middle", nameGap: 28, ...axis() },
          yAxis: { type: "category", data: ys, inverse: true, name: yName, nameLocation: "start", ...axis(), nameTextStyle: { color: css("--soft"), align: "left" } },
          visualMap: { min: least, max: most, calculable: false, orient: "horizontal", left: "center", bottom: 4, formatter: text, textStyle: { color: css("--ink") },
            inRange: { color: ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"] }, dimension: 2 },
          tooltip: { ...tip(), trigger: "item", formatter: ({ value: [across, down, mean, half] }) => `${escapeText(xName)} ${xs[across]}${yName ? `<br>${escapeText(yName)} ${ys[down]}` : ""}<br><b>${text(mean)}</b>, 95 %: ${text(mean - half)} to ${text(mean + half)}` },
          series: [{ type: "heatmap", encode: { x: 0, y: 1, value: 2 }, label: { show: !narrow() || xs.length < 5, formatter: ({ value }) => text(value[2]) },
            data: points.map((value) => ({ value, label: { color: value[2] - least < 0.6 * (most - least) ? "#fff" : "#222" } })) }] },
        rows: [[yName || "row", xName, "mean", "half-width of the 95 % interval"], ...points.map(([across, down, mean, half]) => [ys[down], xs[across], mean, half])],
        height: 150 + ys.length * 46,
        label: `from ${text(least)} to ${text(most)}`,
      };
    },
  };
  const escapeText = (words) => make("i", { textContent: words }).innerHTML;

  // Adds a figure that draws one description; panels side by side can be looked at one by one.
  const add = ({ name, title, subtitle, body }) => {
    const controls = body.kind === "months" && body.panels.length > 1
      ? [{ key: "panel", label: "Panel", options: () => [["", "all, side by side"], ...body.panels.map((panel) => [panel.title, panel.title])] }] : [];
    const dots = (body.before || []).length ? "; dots: observed and known at the start, the dashed line" : "";
    figure(name, title, subtitle + dots, controls, (values) => draw[body.kind](body, values));
  };
  // Adds a figure that draws one of several descriptions, chosen by name; the last one first.
  const addChoice = (label, choices) => {
    const [start, { name, title, subtitle }] = choices[choices.length - 1];
    figure(name, title, subtitle, [{ key: "choice", label, options: () => choices.map(([choice]) => [choice, choice]), start }], ({ choice }) => {
      const [, chosen] = choices.find(([one]) => one === choice);
      return { ...draw[chosen.body.kind](chosen.body, {}), text: chosen.subtitle };
    });
  };
  return { add, addChoice };
})();
