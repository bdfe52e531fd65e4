/* Passes over the programs of a tracker, one after the other; each before and after, and what it says of itself. */

const TOUCHED = {added: "new", removed: "taken away", changed: "other operands", follows: "another shape"};
const SIDES = ["both", "before", "after"], LISTED = 300, ROOM = 60;  // so many operators are shown without being asked for
let step = 0, side = "both";

function current() { return data.views[state.view][step]; }

function takeStep() {
  const now = current();
  Object.assign(data, {nodes: now.nodes, blocks: now.blocks});
  state.levels = now.levels;
  state.open.clear();
  let room = ROOM;
  for (const [name, block] of Object.entries(now.blocks)) if ((room -= block.nodes.length) >= 0) state.open.add(`block:${name}`);
  state.chosen = null;
}

function goToStep(number) {
  const count = data.views[state.view].length;
  if (number < 0 || number >= count) return;
  step = number;
  show(state.view);
}

function showSide(which) {
  side = which;
  document.body.dataset.side = which;
  if (!state.chosen) showPanel(null);
}

/* The passes, the one that is looked at, and its report. */
function report() {
  const now = current(), passes = data.views[state.view];
  return [
    element("h2", {}, now.pass),
    element("p", {class: "component"}, `pass ${step + 1} of ${passes.length}, over the program ${state.view}`),
    element("ol", {class: "passes"}, ...passes.map((one, i) => element("li", {}, element("button", {"aria-current": i === step, on: () => goToStep(i)},
      element("b", {}, one.pass), " ", one.before === one.after ? `${one.after} operators` : `${one.before} → ${one.after} operators`,
      element("small", {}, one.fired.length ? `changed ${one.fired.length} place${one.fired.length > 1 ? "s" : ""}` : "changed nothing"))))),
    element("div", {class: "sides", role: "group", "aria-label": "Which side"}, ...SIDES.map(which => element("button", {"aria-pressed": which === side, on: () => showSide(which)}, which))),
    ...places("changed", now.fired), ...places("left alone", now.skipped),
    now.fired.length || now.skipped.length ? "" : element("p", {}, "Nothing here looks like the pattern of this pass."),
  ].filter(Boolean);
}

function places(title, reasons) {
  if (!reasons.length) return [];
  const rest = reasons.length - LISTED;
  return [
    element("h3", {}, `${title}: ${reasons.length} place${reasons.length > 1 ? "s" : ""}`),
    element("ol", {class: "changes"}, ...reasons.slice(0, LISTED).map(reason)),
    rest > 0 ? element("p", {}, `and ${rest} more`) : "",
  ];
}

function reason({name, origin, text, node}) {
  const how = node && data.nodes[node].how;
  const told = [element("i", {}, SIGNS[how] || "·"), element("b", {}, name), origin ? ` in ${origin}` : "", element("small", {}, text)];
  return element("li", {class: how ? `how-${how}` : ""}, element("button", {on: () => node ? reveal(node) : toComponent(origin)}, ...told));
}

/* Operators that were left alone stand in no picture: their component does. */
function toComponent(origin) {
  const card = cardOf(`block:${origin}`);
  if (!card) return;
  choose(card.dataset.id);
  bringIn(card);
}

/* What is known of an operator, or of a component's operators. */
function toldOperator(id) {
  const group = id.startsWith("block:") ? id.slice(6) : null, name = id.replace(/^(in|out):/, ""), node = data.nodes[name];
  if (group === null && !node) return [element("h2", {}, name), element("p", {}, "not among the operators that are shown here")];
  if (group !== null) {
    const shown = data.blocks[group] ? data.blocks[group].nodes : [];
    return [
      element("h2", {}, group),
      ...fromSpec(group),
      shown.length ? facts([["shown", ...links(shown.filter(one => data.nodes[one].how))]]) : element("p", {}, "This pass left it as it was."),
      shown.length ? element("button", {on: () => toggle(id)}, state.open.has(id) ? "Close it" : "Open it") : "",
    ].filter(Boolean);
  }
  const said = [...current().fired, ...current().skipped].filter(one => one.node === name);
  const feeds = Object.keys(data.nodes).filter(one => data.nodes[one].reads.includes(name));
  return [
    element("h2", {}, node.title),
    element("p", {class: "component"}, name),
    node.how ? mannerOf(node.how, TOUCHED) : "",
    ...said.map(one => element("p", {}, one.text)),
    changeTable("before → after", node.differs),
    facts([node.shape && ["gives", element("code", {}, node.shape)], node.reads.length && ["reads", ...links(node.reads)], feeds.length && ["read by", ...links(feeds)]]),
    node.settings.length ? settingsTable(node.settings) : "",
    ...fromSpec(node.origin),
  ].filter(Boolean);
}

function fromSpec(origin) {
  const known = data.origins[origin];
  return known ? [facts([["from", element("code", {}, origin), known.component === origin ? "" : `, ${known.component}`]]), source(known.source)] : [];
}

window.page = {
  titles: Object.fromEntries(Object.keys(data.views).map(name => [name, name])),
  totals: () => `${data.views[data.first].length} passes`,
  legend: () => markLegend(TOUCHED),
  overview: report,
  told: toldOperator,
  turn: takeStep,
  turned: () => {
    showPanel(null);
    const first = stage.querySelector(".card[class*=how-]:not(.open)");
    if (first) bringIn(first);
  },
  keys: [["← →", "pass before, next pass; also p and n"], ["B", "both, before, after"], ["1 … 9", "programs"]],
  acts: {
    n: () => goToStep(step + 1), p: () => goToStep(step - 1), ArrowRight: () => goToStep(step + 1), ArrowLeft: () => goToStep(step - 1),
    b: () => showSide(SIDES[(SIDES.indexOf(side) + 1) % SIDES.length]),
  },
};
/* Begin where something happens. */
step = Math.max(0, (data.views[data.first] || []).findIndex(one => one.fired.length));
