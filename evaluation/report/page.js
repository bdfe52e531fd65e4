"use strict";
(() => {
  const all = (query, within = document) => [...within.querySelectorAll(query)];

  // Legends: point at a tracker to see it alone, press to switch it off.
  const off = new Set();
  const marks = all("svg.plot [data-tracker]");
  const paint = (lit) => marks.forEach((mark) => {
    mark.classList.toggle("off", off.has(mark.dataset.tracker));
    mark.classList.toggle("dim", lit !== null && mark.dataset.tracker !== lit);
  });
  all(".legend button").forEach((button) => {
    const own = button.dataset.tracker;
    ["mouseenter", "focus"].forEach((kind) => button.addEventListener(kind, () => paint(off.has(own) ? null : own)));
    ["mouseleave", "blur"].forEach((kind) => button.addEventListener(kind, () => paint(null)));
    button.addEventListener("click", () => {
      if (!off.delete(own)) off.add(own);
      all(".legend button").filter((one) => one.dataset.tracker === own)
        .forEach((one) => one.setAttribute("aria-pressed", String(!off.has(own))));
      paint(null);
    });
  });

  // The table of sequences: sorted, searched, filmstrips opened.
  const body = document.querySelector("#sequences tbody");
  if (!body) return;
  const rows = all("tr.sequence", body);
  const film = (row) => row.nextElementSibling && row.nextElementSibling.classList.contains("film") ? row.nextElementSibling : null;
  const films = new Map(rows.map((row) => [row, film(row)]));
  const opener = (row) => row.querySelector("button.open");
  const show = (row, open) => {
    if (!films.get(row)) return;
    opener(row).setAttribute("aria-expanded", String(open));
    films.get(row).hidden = !open || row.hidden;
  };
  const isOpen = (row) => films.get(row) && opener(row).getAttribute("aria-expanded") === "true";
  rows.forEach((row) => {
    if (films.get(row)) opener(row).addEventListener("click", () => show(row, !isOpen(row)));
  });
  rows.forEach((row, place) => show(row, place === 0));
  const every = document.querySelector("#every");
  if (every) every.addEventListener("click", () => {
    const open = !rows.every((row) => row.hidden || !films.get(row) || isOpen(row));
    rows.forEach((row) => show(row, open));
  });

  const value = (row, column) => row.children[column].dataset.value ?? row.children[column].textContent;
  const compare = (one, other) => {
    const [a, b] = [parseFloat(one), parseFloat(other)];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? one.localeCompare(other) : Number.isNaN(a) - Number.isNaN(b);
    return a - b;
  };
  const heads = all("#sequences thead th");
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const text = head.dataset.kind === "text";
    rows.sort((one, other) => {
      const [a, b] = [value(one, column), value(other, column)];
      return (up ? 1 : -1) * (text ? a.localeCompare(b, undefined, { numeric: true }) : compare(a, b));
    });
    rows.forEach((row) => body.append(row, ...(films.get(row) ? [films.get(row)] : [])));
  }));

  const search = document.querySelector("#search");
  const count = document.querySelector("#count");
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    let left = 0;
    rows.forEach((row) => {
      const text = row.dataset.words;
      row.hidden = !words.every((word) => text.includes(word));
      left += !row.hidden;
      show(row, Boolean(isOpen(row)));
    });
    count.textContent = `${left} of ${rows.length}`;
  });
})();
