/* What each node takes on the device that it was measured on: colours, a legend, and where the time goes. */

const times = data.times, MOST_LISTED = 10;
const WEIGHTS = {checkpoint: ", with the weights of a checkpoint", random: ", with random weights", none: ""};
let byTime = true, listed = true;

/* Milliseconds of a card in one program; undefined where that program does not compute it. */
function timeIn(program, id) {
  const of = times.programs[program];
  if (!of) return undefined;
  if (id.startsWith("block:")) {
    const parts = data.blocks[id.slice(6)].nodes.map(node => of.nodes[node]).filter(took => took !== undefined);
    return parts.length ? parts.reduce((sum, took) => sum + took, 0) : undefined;
  }
  if (/^(in|out):/.test(id)) return undefined;
  const [node, path] = id.split("//");
  return path === undefined ? of.nodes[node] : (of.modules[node] || {})[path];
}

/* The programs that a view is about: in the whole graph what runs in every frame, else what runs at the first. */
function programsOf(view, id) {
  if (view !== "all") return [view];
  return times.in_frame.some(program => timeIn(program, id) !== undefined) ? times.in_frame : ["init"];
}

function timeOf(id, view = state.view) {
  const found = programsOf(view, id).map(program => timeIn(program, id)).filter(took => took !== undefined);
  return found.length ? found.reduce((sum, took) => sum + took, 0) : undefined;
}

function milliseconds(took) {
  if (took >= 0.001) return `${took >= 100 ? took.toFixed(0) : took.toPrecision(took >= 0.995 ? 3 : 2)} ms`;
  return took > 0 ? "< 1 µs" : "0";
}

function longest() { return Math.max(...Object.keys(data.nodes).map(id => timeOf(id) || 0), 0.001); }

/* Roots, so that what takes a hundredth can still be told from what takes nothing. */
function heat(share) { return Math.sqrt(Math.min(1, share)); }

/* How much of the colour is on the paper, in per cent. */
function tint(warmth) { return 4 + 66 * warmth; }

function drawTimes() {
  const most = longest();
  for (const card of stage.querySelectorAll(".card")) {
    const took = timeOf(card.dataset.id);
    if (took === undefined) continue;
    const warmth = heat(took / most);
    card.classList.add("timed");
    card.style.setProperty("--heat", `${(100 * warmth).toFixed(1)}%`);
    card.style.setProperty("--tint", `${tint(warmth).toFixed(1)}%`);
  }
  document.getElementById("legend").replaceChildren(...legend());
}

function legend() {
  if (!byTime || !times.programs[state.view === "all" ? "step" : state.view]) return stageLegend();
  const stops = [0, 0.25, 0.5, 0.75, 1].map(at => `color-mix(in srgb,color-mix(in srgb,var(--hot) ${100 * at}%,var(--warm)) ${tint(at)}%,var(--paper)) ${100 * at}%`);
  const bar = element("b", {style: `background:linear-gradient(90deg,${stops.join(",")})`});
  const about = {all: "time in a frame (of blue cards: at the first)", step: "time in a step", init: "time at init", refresh: "time in a refresh"}[state.view];
  return [element("span", {class: "scale"}, `${about}: 0`, bar, milliseconds(longest())), ...stageLegend()];
}

function ofAll(part, whole) { return whole > 0 ? ` (${(100 * part / whole).toFixed(1)} %)` : ""; }

function counted(program) {
  const of = times.programs[program];
  return Object.values(of.nodes).reduce((sum, took) => sum + took, 0) + of.rest;
}

/* Rows of the panel. */
function timeRows(id) {
  const name = {init: "time at init", step: "time in a step", refresh: "time in a refresh"};
  return Object.keys(times.programs).map(program => [program, timeIn(program, id)]).filter(([, took]) => took !== undefined)
    .map(([program, took]) => [name[program], `${milliseconds(took)}${ofAll(took, counted(program))}`]);
}

/* Where the time of the program in view goes; of a frame, in the whole graph. */
function overview() {
  const programs = state.view === "all" ? times.in_frame : [state.view];
  if (!listed || !programs.every(program => times.programs[program])) return null;
  const sums = {};
  for (const program of programs)
    for (const [id, took] of Object.entries(times.programs[program].nodes)) sums[id] = (sums[id] || 0) + took;
  const rows = Object.entries(sums).sort(([, a], [, b]) => b - a), whole = programs.reduce((sum, program) => sum + counted(program), 0);
  const few = rows.slice(0, MOST_LISTED), others = rows.slice(MOST_LISTED).reduce((sum, [, took]) => sum + took, 0);
  const rest = programs.reduce((sum, program) => sum + times.programs[program].rest, 0);
  const most = rows.length ? rows[0][1] : 1;
  const item = ([id, took]) => element("li", {}, element("button", {on: () => reveal(id)}, element("b", {}, data.nodes[id].title, id === data.nodes[id].title ? "" : element("small", {}, ` ${id.replaceAll(".", ".\u200b")}`)), element("span", {}, `${milliseconds(took)}${ofAll(took, whole)}`), element("i", {style: `width:${(100 * took / most).toFixed(1)}%`})));
  const line = (words, took) => element("li", {class: "rest"}, `${words}: ${milliseconds(took)}${ofAll(took, whole)}`);
  return [
    closer(() => { listed = false; showPanel(null); }),
    element("h2", {}, {all: "Where a frame's time goes", step: "Where a step's time goes", init: "Where the time of init goes", refresh: "Where the time of a refresh goes"}[state.view]),
    element("ol", {class: "spent"}, ...few.map(item), ...(others > 0 ? [line(`${rows.length - MOST_LISTED} more nodes`, others)] : []), line("moving the targets, aiming the crops", rest)),
    ...howMeasured(),
  ];
}

function howMeasured() {
  const on = times.device === "cpu" ? `${times.threads} thread${times.threads > 1 ? "s" : ""} of ${times.device_name || "this CPU"}` : `${times.device} (${times.device_name})`;
  return [
    element("p", {class: "about"}, `A frame takes ${milliseconds(times.frame)} until its box is there, beginning ${milliseconds(times.begin)}; ${(100 * times.frame_share).toFixed(0)} % of a frame is told node by node, the rest is the session around.`),
    element("p", {class: "about"}, `Medians of ${times.repeats} runs on ${on}${WEIGHTS[times.weights]}, one target, operators called one by one by PyTorch (eager): a compiled tracker is faster, and its nodes cannot be told apart.`),
  ];
}

function changeColours() {
  byTime = !byTime;
  document.documentElement.classList.toggle("by-time", byTime);
  button.setAttribute("aria-pressed", byTime);
  document.getElementById("legend").replaceChildren(...legend());
}

const button = element("button", {id: "colours", title: "Colour by time, or by stage (H)", "aria-pressed": "true", on: changeColours}, "Times");
document.querySelector(".tools").prepend(button);
document.documentElement.classList.add("by-time");
window.page = {
  totals: () => `${totals()} · ${milliseconds(times.frame)} a frame, eager`,
  legend: () => [], facts: timeRows, drawn: drawTimes, overview,
  time: id => { const took = timeOf(id); return took === undefined ? "" : milliseconds(took); },
  turned: () => { if (!state.chosen) showPanel(null); },
  acts: {h: changeColours, l: () => { listed = !listed; choose(null); }},
  keys: [["H", "colour by time, or by stage"], ["L", "where the time goes"]],
};
