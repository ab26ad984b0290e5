(() => {
  const { COLOURS, axis, classesOf, css, dark, fanSeries, figure, legend, make, named, parameters, seenSeries, seenText, short, tip } = page;
  const data = JSON.parse(document.getElementById("data").textContent);
  const { meta, tables, titles } = data;
  named(meta.name);
  const BANDS = ["5 %", "25 %", "median", "75 %", "95 %", "mean"];
  const ERRORS = ["standard error of 5 %", "of the median", "of 95 %"];
  // Standard errors of the quantiles at 5, 50 and 95 %: of a normal distribution whose halves have the spread of the
  // halves of the sample, in logarithms where all three are positive.
  const errorsOf = ([low, , middle, , high], n) => {
    const [to, by] = low > 0 ? [Math.log, (value) => value] : [(value) => value, () => 1];
    const [below, above] = [to(middle) - to(low), to(high) - to(middle)];
    const part = [2.11327 * below, 1.253314 * 0.5 * (below + above), 2.11327 * above];
    return [low, middle, high].map((value, at) => by(value) * part[at] / 1.644854 / Math.sqrt(n));
  };
  // A number rounded to the power of ten of its standard error.
  const toItsError = (value, error) => {
    if (!(error > 0)) return value;
    const unit = 10 ** Math.floor(Math.log10(error));
    return Math.round(value / unit) * unit;
  };
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  // The name of a pair has a bar between its parts.
  const titleOf = (name) => name.split("|").map((part) => titles[part] || capital(part.replaceAll("-", " "))).join(" / ");

  // Numbers in the unit that a reader expects.
  const SCALES = { usd: [1e9, "USD billion"], usd_per_year: [1e9, "USD billion a year"], share: [0.01, "%"], mtok: [1e6, "million Mtok"],
    h100e: [1e3, "thousand H100e"], count: [1, ""], ratio: [1, ""], index: [1, "index"], months: [1, "months"], logit: [1, "logit units"],
    usd_per_h: [1, "USD an hour"], usd_per_mtok: [1, "USD per Mtok"] };
  const scaleOf = (unit, top = Infinity) => {
    if (unit === "usd" && top < 2e8) return [1e6, "USD million"];
    return SCALES[unit] || [1, unit.replaceAll("_", " ")];
  };
  const words = (name) => name.replaceAll("_", " ");
  const shortOf = (table, measure) => tables[table].measures.find(({ name }) => name === measure)?.short ?? words(measure);

  // Two or three labels fit everywhere: the first month, and every twelfth after it; all where a chart is wide.
  const monthAxis = (extra = {}, every = 12) => ({ type: "category", data: meta.months, boundaryGap: false, ...axis(), axisTick: { show: false },
    axisLabel: { color: css("--ink"), hideOverlap: true, interval: (index) => index % every === 0 }, ...extra });
  const year = (index) => {
    const from = index * 12;
    const to = Math.min(from + 12, meta.months.length) - 1;
    return `${meta.months[from]} to ${meta.months[to]}`;
  };
  const years = Array.from({ length: Math.ceil(meta.months.length / 12) }, (_, index) => [String(index), year(index)]);
  const lastYear = String(years.length - 1);
  const lastMonth = meta.months.length - 1;
  // Too few replications make no band: all quantiles are then the median.
  const series = (table, entity, measure) => {
    const rows = tables[table]?.data[entity]?.[measure];
    return rows && !meta.bands ? [...Array(5).fill(rows[2]), rows[5]] : rows;
  };
  const seenOf = (table, entity, measure) => data.seen[`${table}/${entity}/${measure}`] || [];

  const entitiesWith = (table, measure) => tables[table].entities.filter((entity) => series(table, entity, measure));
  const measuresOf = (table) => tables[table].measures.filter((measure) => entitiesWith(table, measure.name).length);

  const addFan = () => figure("fan", "Any measure by month",
    meta.bands ? "Line: median of the replications. Dark band: the middle 50 % of them. Light band: the middle 90 %. Dots: observed and known at the start, the dashed line."
      : "Line: median of the replications, which are too few for bands. Dots: observed and known at the start, the dashed line.",
    [
      { key: "table", label: "Table", options: () => Object.keys(tables).filter((name) => measuresOf(name).length).map((name) => [name, name]), start: "clouds" },
      { key: "measure", label: "Measure", follows: ["table"], options: ({ table }) => measuresOf(table || "clouds").map((measure) => [measure.name, capital(measure.short)]), start: "ai_revenue_usd" },
      { key: "entity", label: "Entity", follows: ["table", "measure"], options: ({ table, measure }) => {
        const names = entitiesWith(table || "clouds", measure || "ai_revenue_usd");
        return names.length > 1 ? [["", "all, side by side"], ...names.map((name) => [name, titleOf(name)])] : names.map((name) => [name, titleOf(name)]);
      } },
    ],
    ({ table, measure, entity }, { answer }) => {
      const what = tables[table].measures.find((found) => found.name === measure) || measuresOf(table)[0];
      const names = entity ? [entity] : entitiesWith(table, what.name).slice(0, 12);
      const top = Math.max(...names.flatMap((name) => series(table, name, what.name)[4].map(Math.abs)));
      const [scale, unit] = scaleOf(what.unit, top);
      // The months before the run are shown if any of the entities was observed in them.
      const seen = names.map((name) => seenOf(table, name, what.name));
      const before = seen.some((points) => points.length) ? meta.before : [];
      const all = [...before, ...meta.months];
      const wide = document.getElementById("figures").clientWidth;
      const columns = names.length === 1 ? 1 : wide < 620 ? 1 : names.length === 2 || names.length === 4 ? 2 : 3;
      const lines = Math.ceil(names.length / columns);
      const high = names.length === 1 ? 330 : 200;
      const dots = seen.flat().map(([, value]) => value);
      const most = Math.max(...dots, ...names.flatMap((name) => series(table, name, what.name)[4])) / scale;
      const least = Math.min(0, ...dots, ...names.flatMap((name) => series(table, name, what.name)[0])) / scale;
      const option = { grid: [], xAxis: [], yAxis: [], series: [], title: [], aria: { enabled: true },
        tooltip: { ...tip(), formatter: (points) => {
          const place = all.indexOf(points[0].axisValue);
          const month = place - before.length;
          const which = names[points[0].axisIndex ?? 0] ?? names[0];
          if (month < 0) return `<b>${titleOf(which)}</b>, ${all[place]}${seenText(seenOf(table, which, what.name), place, before.length, (value) => `${short(value / scale)} ${unit}`)}`;
          const values = series(table, which, what.name).map((row) => row[month] / scale);
          const errors = errorsOf(values, meta.replications);
          const at = values.map((value, index) => short(toItsError(value, errors[[0, 1, 1, 1, 2, 1][index]])));
          return `<b>${titleOf(which)}</b>, ${meta.months[month]}<br>median ${at[2]} ${unit}${meta.bands ? `<br>50 %: ${at[1]} to ${at[3]}<br>90 %: ${at[0]} to ${at[4]}` : ""}<br>mean ${at[5]}`;
        } } };
      names.forEach((name, index) => {
        const [column, line] = [index % columns, Math.floor(index / columns)];
        const width = 100 / columns;
        option.grid.push({ left: `${column * width + 5.5}%`, width: `${width - 7}%`, top: line * (high + 64) + 34, height: high });
        option.title.push({ text: titleOf(name), left: `${column * width + 5.5}%`, top: line * (high + 64), textStyle: { fontSize: 14, color: css("--ink") } });
        option.xAxis.push(monthAxis({ gridIndex: index, data: all }, names.length === 1 && wide > 620 ? 3 : 12));
        option.yAxis.push({ type: "value", gridIndex: index, min: least, max: most > 0 ? undefined : 1, ...axis(), axisLabel: { color: css("--ink"), formatter: short, showMaxLabel: names.length === 1 } });
        if (names.length > 1) option.yAxis[index].max = most > 0 ? Number((most * 1.04).toPrecision(2)) : 1;
        option.series.push(...fanSeries(series(table, name, what.name), scale, COLOURS[index % COLOURS.length], index, before.length),
          ...seenSeries(seen[index], scale, COLOURS[index % COLOURS.length], index, before.length, [least, most]));
      });
      const rows = [["month", "entity", `${what.name} in ${unit || "units"}: ${BANDS[0]}`, ...BANDS.slice(1), ...(meta.bands ? ERRORS : [])],
        ...names.flatMap((name, index) => seen[index].map(([place, value]) => [all[Math.max(0, before.length + Math.ceil(place - 0.5))], `${name}, observed`, "", "", value / scale, "", "", "", ...(meta.bands ? ["", "", ""] : [])])),
        ...names.flatMap((name) => meta.months.map((month, at) => {
          const values = series(table, name, what.name).map((row) => row[at] / scale);
          return [month, name, ...values, ...(meta.bands ? errorsOf(values, meta.replications) : [])];
        }))];
      answer.hidden = false;
      answer.className = "note";
      answer.textContent = `${what.doc.replace(/\.$/, "")}${unit ? `; ${unit}` : ""}.`;
      return { option, rows, height: lines * (high + 64) + 8, label: `${what.short} of ${names.map(titleOf).join(", ")}` };
    });

  // Money between groups, with circular revenue highlighted.
  const addMoney = () => figure("money", "Where money flows",
    "USD billion in the selected months, mean of the replications. Orange is circular revenue: equity that a cloud's owner pays into a lab, and the lab's payments to the same cloud that this equity funds.",
    [{ key: "year", label: "Months", options: () => years, start: "0" }],
    ({ year: index }) => {
      const links = data.money.years[index].filter(([from, to, usd]) => from !== to && usd > 0);
      const total = Math.max(...links.map(([, , usd]) => usd));
      const kept = links.filter(([, , usd]) => usd > total * 0.002);
      // A diagram of flows has no way back: the smaller of two that face each other, and what closes a ring, is left out.
      const net = new Map();
      for (const [from, to, usd] of kept) net.set(`${from}\u0000${to}`, (net.get(`${from}\u0000${to}`) || 0) + usd);
      const shown = [];
      const next = new Map();
      const reaches = (from, to, seen = new Set()) => from === to || (!seen.has(from) && (seen.add(from), [...(next.get(from) || [])].some((via) => reaches(via, to, seen))));
      let lost = 0;
      for (const link of [...kept].sort((a, b) => net.get(`${b[0]}\u0000${b[1]}`) - net.get(`${a[0]}\u0000${a[1]}`))) {
        if (reaches(link[1], link[0])) { lost += link[2]; continue; }
        if (!next.has(link[0])) next.set(link[0], new Set());
        next.get(link[0]).add(link[1]);
        shown.push(link);
      }
      const kinds = data.money.kinds;
      const colourOf = { source: COLOURS[2], equity: COLOURS[5], lab: COLOURS[1], cloud: COLOURS[0], vendor: COLOURS[3], service: COLOURS[4], end: COLOURS[6] };
      const names = [...new Set(shown.flatMap(([from, to]) => [from, to]))];
      const narrow = document.getElementById("figures").clientWidth < 620;
      return {
        option: {
          aria: { enabled: true }, tooltip: { ...tip(), trigger: "item", formatter: ({ data: link, name, value, dataType }) => dataType === "edge"
            ? `${link.source} to ${link.target}${link.circular ? " (circular)" : ""}: USD ${short(link.value)} billion` : `${name}: USD ${short(value)} billion` },
          series: [{ type: "sankey", left: 4, right: narrow ? 96 : 190, top: 10, bottom: 10, nodeGap: 13, draggable: false, labelLayout: { hideOverlap: true }, layoutIterations: 64,
            data: names.map((name) => ({ name, itemStyle: { color: colourOf[kinds[name]] || COLOURS[6] } })),
            links: shown.map(([source, target, usd, circular]) => ({ source, target, value: usd / 1e9, circular: circular === 1,
              lineStyle: circular ? { color: COLOURS[5], opacity: 0.65 } : { color: css("--soft"), opacity: 0.22 } })),
            label: { color: css("--ink"), fontSize: narrow ? 10 : 12, textBorderColor: "transparent" } }] },
        rows: [["from", "to", "USD billion", "circular"], ...links.sort((a, b) => b[2] - a[2]).map(([from, to, usd, circular]) => [from, to, usd / 1e9, circular ? "yes" : ""])],
        height: narrow ? 560 : 640,
        label: `the largest: ${shown.slice(0, 3).map(([from, to, usd]) => `${from} to ${to} USD ${short(usd / 1e9)} billion`).join(", ")}${lost > 0 ? "; flows that lead back to their origin are in the data only" : ""}`,
      };
    });

  const MOVES = { model: "another model, same cloud", router: "another router", cloud: "another cloud", self_host: "self-hosting" };
  const addCauses = () => {
    if (!data.causes) return;
    const { months, cells } = data.causes;
    const keys = Object.keys(cells).map((cell) => cell.split("|"));
    const unique = (at) => [...new Set(keys.map((key) => key[at]))];
    const [segments, clouds, moves, causes] = [0, 1, 2, 3].map(unique);
    figure("causes", "Switching cost by move and cause",
      "Structural switching cost of one segment and home cloud, in months of spend. Mean of the replications, weighted by spend.",
      [
        { key: "segment", label: "Segment", options: () => segments.map((name) => [name, name]) },
        { key: "cloud", label: "Home cloud", options: () => clouds.map((name) => [name, titleOf(name)]) },
        { key: "at", label: "Month", options: () => months.map((month, index) => [String(index), meta.months[month]]), start: String(months.length - 1) },
      ],
      ({ segment, cloud, at }) => {
        const value = (move, cause) => cells[[segment, cloud, move, cause].join("|")][at];
        return {
          option: {
            aria: { enabled: true }, grid: { left: 150, right: 30, top: 56, bottom: 44 }, legend: legend(), tooltip: { ...tip(), axisPointer: { type: "shadow" }, valueFormatter: short },
            xAxis: { type: "value", name: "months of spend", nameLocation: "middle", nameGap: 28, ...axis() },
            yAxis: { type: "category", inverse: true, data: moves.map((move) => MOVES[move] || move), ...axis(), axisLabel: { color: css("--ink"), width: 140, overflow: "break" } },
            series: causes.map((cause, index) => ({ type: "bar", stack: "all", name: words(cause), itemStyle: { color: COLOURS[index % COLOURS.length] },
              data: moves.map((move) => value(move, cause)) })) },
          rows: [["move", ...causes.map(words)], ...moves.map((move) => [MOVES[move] || move, ...causes.map((cause) => value(move, cause))])],
          label: `${segment}, ${titleOf(cloud)}`,
        };
      });
  };

  const addOwners = () => figure("owners", "Profit by final owner",
    "Own profit, and profit after it is passed along holdings to its owners: gross profit of clouds and chip vendors, surplus or loss of labs. Bars: median of the replications; hover for the middle 90 %.",
    [{ key: "year", label: "Months", options: () => years, start: lastYear }],
    ({ year: index }) => {
      const scaled = (band) => band.map((value) => value / 1e9);
      const rows = data.owners[index].map(([name, own, after]) => [titleOf(name), scaled(own), scaled(after)])
        .filter(([, ...bands]) => bands.some(([, median]) => Math.abs(median) >= 0.05)).sort((a, b) => b[2][1] - a[2][1]);
      const labels = ["own", "after holdings"];
      const told = ([low, median, high]) => `USD ${short(median)} billion (${short(low)} to ${short(high)})`;
      return {
        option: { aria: { enabled: true }, grid: { left: 130, right: 30, top: 40, bottom: 44 }, legend: legend(), tooltip: { ...tip(), axisPointer: { type: "shadow" },
          formatter: ([{ dataIndex }]) => `<b>${rows[dataIndex][0]}</b>${labels.map((label, at) => `<br>${label}: ${told(rows[dataIndex][at + 1])}`).join("")}` },
          xAxis: { type: "value", name: "USD billion", nameLocation: "middle", nameGap: 28, ...axis() },
          yAxis: { type: "category", inverse: true, data: rows.map(([name]) => name), ...axis(), axisLabel: { color: css("--ink"), width: 118, overflow: "truncate" } },
          series: labels.map((name, at) => ({ type: "bar", name, itemStyle: { color: COLOURS[at] }, data: rows.map((row) => row[at + 1][1]) })) },
        rows: [["who", ...labels.flatMap((label) => ["5 %", "median", "95 %"].map((band) => `${label}, USD billion: ${band}`))], ...rows.map(([name, own, after]) => [name, ...own, ...after])],
        height: 100 + rows.length * 34,
        label: rows.slice(0, 3).map(([name, , after]) => `${name} ${told(after)}`).join(", "),
      };
    });

  const addEvents = () => {
    const kinds = Object.keys(data.events);
    if (!kinds.length) return;
    figure("events", "Events by month",
      "Mean number of events per month and replication, by kind: releases, outages, remedies, rounds, shocks. Darker means more; each row has its own scale.",
      [], () => {
        const cells = kinds.flatMap((kind, line) => {
          const most = Math.max(...data.events[kind]);
          return data.events[kind].map((count, month) => [month, line, count / most, count]).filter(([, , part]) => part > 0);
        });
        return {
          option: { aria: { enabled: true }, grid: { left: 150, right: 20, top: 10, bottom: 40 },
            tooltip: { ...tip(), trigger: "item", formatter: ({ data: [month, line, , count] }) => `${kinds[line]}, ${meta.months[month]}: ${short(count)} per replication` },
            xAxis: { ...monthAxis({}, document.getElementById("figures").clientWidth > 620 ? 3 : 12), boundaryGap: true }, yAxis: { type: "category", data: kinds.map((kind) => kind.replaceAll("-", " ")), inverse: true, ...axis() },
            visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: dark.matches ? ["#182028", "#56b4e9"] : ["#eef5fa", "#0072b2"] } },
            series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: css("--paper"), borderWidth: 1 } }] },
          rows: [["kind", ...meta.months], ...kinds.map((kind) => [kind, ...data.events[kind]])],
          height: 70 + kinds.length * 26,
        };
      });
  };

  // The chance that a measure is above any threshold, by counting replications.
  const wilson = (hits, all) => {
    const z = 1.959964;
    const share = hits / all;
    const middle = (share + z * z / (2 * all)) / (1 + z * z / all);
    const half = z / (1 + z * z / all) * Math.sqrt(share * (1 - share) / all + z * z / (4 * all * all));
    return [Math.max(0, middle - half), Math.min(1, middle + half)];
  };
  const addChance = () => {
    const { all, months } = data.samples;
    if (!all.length || !all[0].values[0].length) return;
    const label = ({ table, entity, measure }) => `${capital(shortOf(table, measure))}${entity === table || entity === "market" ? "" : ` of ${table === "switching" ? (MOVES[entity] || entity) : titleOf(entity)}`}`;
    const unitOf = ({ table, measure }) => tables[table].measures.find((found) => found.name === measure).unit;
    const find = (values) => all[Number(values.what || 0)];
    const scaled = (values) => {
      const chosen = find(values);
      const sample = chosen.values[Number(values.at || months.length - 1)];
      const [scale, unit] = scaleOf(unitOf(chosen), Math.max(...sample));
      return [sample.map((value) => value / scale), unit];
    };
    figure("chance", "Probability of exceeding a threshold",
      "Enter a threshold to see the share of replications above it, with a 95 % confidence interval.",
      [
        { key: "what", label: "Measure", options: () => all.map((entry, index) => [String(index), label(entry)]) },
        { key: "at", label: "Month", options: () => months.map((month, index) => [String(index), meta.months[month]]), start: String(months.length - 1) },
        { key: "threshold", label: "Threshold", follows: ["what", "at"], suggest: (values) => { const [sample] = scaled(values); return short(sample[Math.floor(sample.length / 2)]).replaceAll(",", ""); } },
      ],
      (values, { answer }) => {
        const [sample, unit] = scaled(values);
        const threshold = Number(values.threshold);
        const above = sample.filter((value) => value > threshold).length;
        const [low, high] = wilson(above, sample.length);
        const chosen = find(values);
        answer.hidden = false;
        answer.textContent = Number.isFinite(threshold) && values.threshold !== ""
          ? `${label(chosen)} is above ${short(threshold)} ${unit} in ${short(100 * above / sample.length)} % of ${sample.length} replications (95 %: ${short(100 * low)} to ${short(100 * high)} %).`
          : "Enter a number.";
        const [least, most] = [sample[0], sample[sample.length - 1]];
        const bins = 24;
        const width = (most - least) / bins || 1;
        const counts = Array(bins).fill(0);
        for (const value of sample) counts[Math.min(bins - 1, Math.floor((value - least) / width))] += 1;
        return {
          option: { aria: { enabled: true }, grid: { left: 60, right: 30, top: 34, bottom: 46 }, tooltip: { ...tip(), axisPointer: { type: "shadow" } },
            xAxis: { type: "category", data: counts.map((_, at) => short(least + (at + 0.5) * width)), name: unit, nameLocation: "middle", nameGap: 28, ...axis() },
            yAxis: { type: "value", name: "replications", ...axis() },
            series: [{ type: "bar", name: "replications", barCategoryGap: "8%", data: counts.map((count, at) => ({ value: count, itemStyle: { color: least + (at + 0.5) * width > threshold ? COLOURS[0] : COLOURS[8] } })) }] },
          rows: [[`${label(chosen)} (${unit})`], ...sample.map((value) => [value])],
          label: answer.textContent,
        };
      });
  };

  const addOrigin = () => {
    const body = document.getElementById("origin-body");
    const facts = [["Scenario", `${meta.name} (${meta.title})`], ["Extends", !meta.parent || meta.parent === meta.name ? "nothing" : meta.parent], ["Data as of", meta.vintage || meta.start],
      ["Months", `${meta.months[0]} to ${meta.months[lastMonth]}, from ${meta.start}`], ["Replications", `${meta.replications} of ${meta.enterprises.toLocaleString("en")} enterprises, seed ${meta.seed}`],
      ["Scenario hash", meta.hash], ["Program", `tollway ${meta.version}, commit ${meta.commit}`]];
    body.append(make("dl", {}, ...facts.flatMap(([term, text]) => [make("dt", { textContent: term }), make("dd", { textContent: text })])));
    if (meta.changes.length) {
      body.append(make("h3", { textContent: `Changes against ${meta.parent}` }), make("ul", {}, ...meta.changes.map((change) => make("li", { textContent: change }))));
    }
    const classes = classesOf(data.parameters);
    const all = Object.values(classes).reduce((sum, count) => sum + count, 0);
    const listed = Object.entries(classes).sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count} ${kind}`).join(", ");
    body.append(make("h3", { textContent: "Limits" }), make("ul", {}, ...[
      `The scenario has ${all} numbers: ${listed}. An assumed number is a judgement that can be disputed; the table below shows where it is set.`,
      "Bands show the spread that comes from the model's uncertain numbers and from chance. They do not cover what the model leaves out.",
      "Actors are simplified. Labs, clouds and regulators follow stated rules, and no company outside the scenario enters the market.",
      "Two separate runs also differ by chance. To compare scenarios, use tollway compare, which pairs their replications.",
    ].map((textContent) => make("li", { textContent }))));
    body.append(parameters(data.parameters));
  };

  data.charts.forEach(drawing.add);
  if (data.dollars.length) drawing.addChoice("Months", data.dollars);
  addFan();
  addMoney();
  addCauses();
  addOwners();
  addEvents();
  addChance();
  addOrigin();
})();
