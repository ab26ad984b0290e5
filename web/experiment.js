(() => {
  const { csvOf, make, named, parameters, save } = page;
  const { charts, stated } = JSON.parse(document.getElementById("data").textContent);
  named(document.title.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 40));
  const tables = [...document.querySelectorAll("figure.table")];
  charts.forEach(drawing.add);
  document.getElementById("figures").append(...tables);
  if (stated.length) document.getElementById("origin-body").append(parameters(stated));
  for (const box of tables) {
    const tools = box.querySelector(".tools");
    const table = box.querySelector("table");
    const rows = [...table.querySelectorAll("tbody tr")];
    const cells = (row) => [...row.children].map((cell) => cell.textContent);
    const csv = make("button", { type: "button", textContent: "CSV", ariaLabel: `CSV: ${box.id}` });
    csv.addEventListener("click", () => save(`${box.id}.csv`, new Blob([csvOf([table.querySelector("thead tr"), ...rows.filter((row) => !row.hidden)].map(cells))], { type: "text/csv" })));
    tools.append(csv);
    // A click on a heading sorts by its column; a second click reverses the order.
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
    const search = box.querySelector("input");
    const count = box.querySelector(".count");
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
