"use strict";
(() => {
  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const button = (label, about, act) => {
    const node = document.createElement("button");
    node.type = "button";
    node.textContent = label;
    node.setAttribute("aria-label", `${label}: ${about}`);
    node.addEventListener("click", act);
    return node;
  };
  const text = (svg) => new XMLSerializer().serializeToString(svg);
  for (const figure of document.querySelectorAll("figure")) {
    const about = figure.id;
    const tools = figure.querySelector(".tools");
    const svg = figure.querySelector("svg");
    if (svg) {
      const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
      tools.append(
        button("SVG", about, () => save(`${about}.svg`, new Blob([text(svg)], { type: "image/svg+xml" }))),
        button("PNG", about, () => {
          const image = new Image();
          image.onload = () => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [width * 2, height * 2];
            canvas.getContext("2d").drawImage(image, 0, 0, width * 2, height * 2);
            canvas.toBlob((blob) => save(`${about}.png`, blob));
          };
          image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text(svg))}`;
        }));
    }
    const table = figure.querySelector("table");
    if (!table) continue;
    const rows = [...table.querySelectorAll("tbody tr")];
    const cells = (row) => [...row.children].map((cell) => cell.textContent);
    const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
    tools.append(button("CSV", about, () => {
      const lines = [table.querySelector("thead tr"), ...rows.filter((row) => !row.hidden)].map((row) => cells(row).map(quoted).join(","));
      save(`${about}.csv`, new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    }));
    // A click on a heading sorts by its column, a second one the other way round.
    table.querySelectorAll("thead th").forEach((head, column) => {
      const sort = head.querySelector("button");
      let direction = 1;
      sort.addEventListener("click", () => {
        const value = (row) => row.children[column].dataset.value ?? row.children[column].textContent;
        const isNumber = rows.every((row) => row.children[column].dataset.value !== undefined);
        rows.sort((a, b) => direction * (isNumber ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b))));
        table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        direction = -direction;
        table.querySelector("tbody").append(...rows);
      });
    });
    const search = figure.querySelector("input");
    const count = figure.querySelector(".count");
    search.addEventListener("input", () => {
      const wanted = search.value.toLowerCase();
      let shown = 0;
      for (const row of rows) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        if (!row.hidden) shown += 1;
      }
      count.textContent = `${shown} of ${rows.length} rows`;
    });
  }
})();
