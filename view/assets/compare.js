/* Two trackers: beside each other, both in one picture, or each for itself; what differs, and a list of it. */

const WORDS = {added: "only in B", removed: "only in A", changed: "changed", renamed: "another name", follows: "follows from a change"};
let at = -1;  // which change of the list was last gone to
let listed = true, facing = "";
data.views = {beside: data.views.both, ...data.views};  // the joint picture, each side with its own part of it

/* What is known of nodes is that of the side which is looked at; of both, the second's where it has the node. */
function takeSide(side) {
  const {A, B} = data.sides, sides = side === "A" ? [B, A] : [A, B];
  facing = side;
  for (const what of ["nodes", "blocks", "modules"]) data[what] = {...sides[0][what], ...sides[1][what]};
  if (!["A", "B"].includes(state.view)) for (const name of Object.keys(A.blocks))
    if (B.blocks[name]) data.blocks[name] = {...B.blocks[name], nodes: [...new Set([...A.blocks[name].nodes, ...B.blocks[name].nodes])]};
  for (const [id, node] of Object.entries(data.nodes)) data.nodes[id] = {...node, sources: linesOf(id)};
  Object.assign(data, {parameters: sides[1].parameters, programs: sides[1].programs});
}

/* Where a node comes from in each of the two; once where the lines are the same. */
function linesOf(id) {
  const [one, two] = [data.sides.A.nodes[id], data.sides.B.nodes[id]], seen = new Set();
  if (!one || !two) return (one || two).sources;
  const told = (side, node) => node.sources.map(found => ({...found, text: found.lines.join("\n"), file: `${side} · ${found.file}`}));
  return [...told("B", two), ...told("A", one)].filter(({text}) => !seen.has(text) && seen.add(text));
}

function goTo(number) {
  const count = data.changes.length;
  if (!count) return;
  at = (number + count) % count;
  const {nodes} = data.changes[at], here = nodes.find(id => cardOf(id));
  reveal(here || nodes[0]);
}

/* The list of all that differs, and what it comes to. */
function overview() {
  if (!listed) return null;
  const written = data.changes.filter(one => one.how !== "follows"), rest = data.changes.filter(one => one.how === "follows");
  const {A, B} = data.sides;
  return [
    closer(() => showList(false)),
    element("h2", {}, "What differs"),
    facts([["A", `${A.name}, ${A.label}`], ["B", `${B.name}, ${B.label}`]]),
    data.changes.length || data.totals.length ? "" : element("p", {}, "No difference in parts, settings, wires or shapes."),
    data.totals.length ? element("table", {class: "totals"}, element("caption", {}, "in all"), ...changeRows(data.totals.map(({name, before, after}) => [name, before, after]))) : "",
    changeList(written),
    rest.length ? element("h3", {}, "and what follows from that") : "",
    changeList(rest),
  ].filter(Boolean);
}

function showList(wanted) {
  listed = wanted;
  choose(null);
}

function changeList(changes) {
  if (!changes.length) return "";
  return element("ol", {class: "changes"}, ...changes.map(change => {
    const number = data.changes.indexOf(change);
    const told = change.details.map(([name, was, now]) => element("small", {}, `${name} `, ...arrow(was, now)));
    return element("li", {class: `how-${change.how}`}, element("button", {"data-change": number, "aria-current": number === at, on: () => goTo(number)},
      element("i", {}, SIGNS[change.how] || "·"), element("b", {}, change.name),
      change.name.endsWith(change.what) ? "" : ` ${change.what}`, change.nodes.length > 1 ? ` ×${change.nodes.length}` : "", ...told));
  }));
}

/* What differs of one node, before all else that is known of it: that is of one side. */
function changedHere(id) {
  const pair = data.pairs[id], {A, B} = data.sides;
  if (!pair) return [];
  return [
    mannerOf(pair.how, WORDS),
    changeTable("A → B", pair.written), changeTable(pair.written.length ? "and so" : "A → B", pair.following),
    state.view === "beside" && A.nodes[id] && B.nodes[id] ? element("h3", {}, `as it is in ${facing}`) : "",
  ].filter(Boolean);
}

/* From a card to the one that it is on the other side. */
function crossOver() {
  const card = (document.activeElement && document.activeElement.closest(".card")) || (state.chosen && cardOf(state.chosen));
  const other = card && cardsOf(card.dataset.id).find(one => one !== card);
  if (!other) return;
  other.focus({preventScroll: true});
  if (state.chosen) choose(other.dataset.id);
  bringIn(other);
}

window.page = {
  titles: {beside: "side by side", both: "in one", A: `A · ${data.sides.A.name}`, B: `B · ${data.sides.B.name}`},
  totals: () => {
    const count = {};
    for (const {how} of data.changes) count[how] = (count[how] || 0) + 1;
    return Object.entries(WORDS).filter(([how]) => count[how]).map(([how, words]) => `${count[how]} ${words}`).join(" · ") || "no difference";
  },
  legend: () => markLegend(Object.fromEntries(Object.entries(WORDS).filter(([how]) => data.changes.some(one => one.how === how)))),
  overview,
  changed: changedHere,
  sides: view => view === "beside" ? ["A", "B"] : [""],
  turn: view => takeSide(view === "A" ? "A" : "B"),
  facing: side => { if (state.view === "beside" && side !== facing) takeSide(side); },
  turned: () => {
    if (!state.chosen) return;
    const card = cardOf(state.chosen);
    if (!card) return choose(null);
    choose(state.chosen);
    bringIn(card);
  },
  keys: [["n, p", "next change, previous change"], ["S", "the same part on the other side"], ["1 2 3 4", "side by side, in one, A, B"], ["L", "the list of what differs"]],
  acts: {n: () => goTo(at + 1), p: () => goTo(at < 0 ? -1 : at - 1), s: crossOver, l: () => showList(!listed)},
};
