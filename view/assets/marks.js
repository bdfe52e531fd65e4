/* What pages of a change have in common: what was and what is, and what the marks mean. */

function arrow(was, now) {
  return [element("s", {}, was || "none"), " → ", element("b", {}, now || "none")];
}

function changeRows(details) {
  return details.map(([name, was, now]) => element("tr", {}, element("th", {}, name), element("td", {}, ...arrow(was, now))));
}

/* What a node was and is; nothing where nothing differs. */
function changeTable(title, details) {
  return details.length ? element("table", {class: "differs"}, element("caption", {}, title), ...changeRows(details)) : "";
}

/* In what way a node differs, in words. */
function mannerOf(how, words) {
  return element("p", {}, element("span", {class: `how how-${how}`}, words[how]));
}

function markLegend(words) {
  return Object.entries(words).map(([how, meaning]) => element("span", {}, element("i", {class: `how-${how}`}, SIGNS[how] || ""), meaning));
}
