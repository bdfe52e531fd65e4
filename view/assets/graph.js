/* The viewer: what is shown, and what hands do to it. */

const stage = document.getElementById("stage");
const page = window.page || {};  // what another page than that of one graph does in its own way
const FIRST = data.first || Object.keys(data.views)[0];
const state = {view: FIRST, levels: data.views[FIRST], open: new Set(), chosen: null, scene: null, box: [0, 0, 100, 100], sides: [], side: ""};
const MARGIN = {left: 54, top: 16, right: 24, bottom: 24};
const TITLES = {all: "all", init: "init", step: "step", refresh: "refresh", train: "train"};

function draw() {
  state.scene = place(state.levels[""]);
  const [, , wide, high] = whole();
  stage.classList.toggle("tall", wide < 0.7 * high);
  for (const sheet of sheets()) drawSheet(sheet);
  mark();
  hideTip();
  if (page.drawn) page.drawn();
}

/* ---------------------------------------------------------------- the window on the paper */

function whole() {
  const {width, height} = state.scene;
  return [-MARGIN.left, -MARGIN.top, width + MARGIN.left + MARGIN.right, height + MARGIN.top + MARGIN.bottom];
}

/* Show this part of the paper. The paper is painted once and moved as a whole; it is painted sharp when it rests. */
function look(box) {
  const [x, y] = whole(), scale = room().width / box[2];
  state.box = box;
  for (const sheet of sheets()) sheet.style.transform = `translate(${(x - box[0]) * scale}px,${(y - box[1]) * scale}px) scale(${scale})`;
}

let rest = 0;

function moving() {
  stage.classList.add("moving");
  clearTimeout(rest);
  rest = setTimeout(() => stage.classList.remove("moving"), 200);
}

/* Everything, but no smaller than can be read: then the upper part, over the whole width. */
function fit() {
  const [x, y, w, h] = whole(), {width, height} = room();
  const scale = Math.min(width / w, height / h, 1.25), readable = Math.max(scale, Math.min(width / w, 0.55));
  const [wide, high] = [width / readable, height / readable];
  look([x + (w - wide) / 2, high < h ? y : y + (h - high) / 2, wide, high]);
}

function room() {
  const {clientWidth, clientHeight} = stage.firstElementChild || stage;
  return {width: Math.max(clientWidth, 100), height: Math.max(clientHeight, 100)};
}

function zoom(factor, clientX, clientY) {
  const {left, top, width, height} = paneAt(clientX, clientY).getBoundingClientRect(), [x, y, w, h] = state.box;
  const wide = Math.min(Math.max(w / factor, 120), whole()[2] * 4 + 400), ratio = wide / w;
  const fx = clientX === undefined ? 0.5 : (clientX - left) / width, fy = clientY === undefined ? 0.5 : (clientY - top) / height;
  look([x + (w - wide) * fx, y + h * (1 - ratio) * fy, wide, h * ratio]);
}

function pan(dx, dy) {
  const [x, y, w, h] = state.box, scale = w / room().width;
  look([x + dx * scale, y + dy * scale, w, h]);
}

/* Move so that a card is seen, and no further. */
function bringIn(card) {
  const box = card.getBoundingClientRect(), frame = paneOf(card).getBoundingClientRect(), gap = 40, right = frame.right;
  const dx = box.left < frame.left + gap ? box.left - frame.left - gap : box.right > right - gap ? Math.min(box.right - right + gap, box.left - frame.left - gap) : 0;
  const dy = box.top < frame.top + gap ? box.top - frame.top - gap : box.bottom > frame.bottom - gap ? Math.min(box.bottom - frame.bottom + gap, box.top - frame.top - gap) : 0;
  if (dx || dy) pan(dx, dy);
}

/* ---------------------------------------------------------------- choosing, opening, finding */

function choose(id, focus = true) {
  const card = id && cardOf(id);
  if (card) state.side = sideOf(card);
  state.chosen = id;
  showPanel(id);
  mark();
  if (card && focus) card.focus({preventScroll: true});
}

/* The chosen card, what it reads and feeds, and the other applications of its part. */
function mark(id = state.chosen) {
  for (const old of stage.querySelectorAll(".chosen, .near, .twin")) old.classList.remove("chosen", "near", "twin");
  stage.classList.toggle("has-choice", Boolean(id));
  if (!id) return;
  for (const card of cardsOf(id)) card.classList.add("chosen");
  for (const edge of stage.querySelectorAll(".edge"))
    if (edge.dataset.from === id || edge.dataset.to === id) {
      edge.classList.add("near");
      const other = cardIn(paneOf(edge), edge.dataset.from === id ? edge.dataset.to : edge.dataset.from);
      if (other) other.classList.add("near");
    }
  const node = data.nodes[id];
  if (node && node.uses > 1)
    for (const name of Object.keys(data.nodes))
      if (name !== id && data.nodes[name].part === node.part) for (const card of cardsOf(name)) card.classList.add("twin");
}

function toggle(id) {
  if (!opens(id)) return;
  const before = cardOf(id) && cardOf(id).getBoundingClientRect();
  if (!state.open.delete(id)) state.open.add(id);
  draw();
  const after = cardOf(id).getBoundingClientRect();
  if (before) pan(after.left + after.width / 2 - before.left - before.width / 2, after.top - before.top);
  if (state.chosen) showPanel(state.chosen);
  cardOf(id).focus({preventScroll: true});
}

function openAll() {
  for (const name of Object.keys(state.levels)) if (name) state.open.add(`block:${name}`);
  draw(); fit();
}

function closeAll() { state.open.clear(); draw(); fit(); }

function blockOf(id) {
  const around = Object.entries(data.blocks).filter(([, block]) => block.nodes.includes(id)).map(([name]) => name);
  return around.sort((one, two) => one.length - two.length);
}

/* Show a node wherever it is: open the blocks around it, and change the program where it is in another one. */
function reveal(id) {
  const names = blockOf(id);
  if (!cardOf(id)) for (const name of names) state.open.add(`block:${name}`);
  draw();
  if (!cardOf(id) && state.view !== FIRST) show(FIRST);
  const card = cardOf(id) || cardOf(`in:${id}`);
  choose(card ? card.dataset.id : id);
  if (card) bringIn(card);
}

function show(view) {
  state.view = view;
  state.levels = data.views[view];
  for (const tab of document.querySelectorAll("#views button")) tab.setAttribute("aria-selected", tab.dataset.view === view);
  openPanes(page.sides ? page.sides(view) : [""]);
  if (page.turn) page.turn(view);
  draw(); fit();
  if (page.turned) page.turned();
}

function search(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return Object.entries(data.nodes).filter(([id, node]) => {
    const told = [id, node.title, node.component, node.part, node.shape, node.stage, ...node.settings.flat()].join(" ").toLowerCase();
    return words.every(word => told.includes(word));
  }).map(([id]) => id);
}

function showFound() {
  const list = document.getElementById("found"), found = search(document.getElementById("find").value);
  const asked = document.getElementById("find").value.trim() !== "";
  list.hidden = !asked;
  list.dataset.count = found.length;
  list.replaceChildren(...(found.length ? found.slice(0, 60).map(id => element("li", {}, element("button", {on: () => reveal(id)}, element("b", {}, id), ` ${data.nodes[id].component || data.nodes[id].kind}`)))
    : asked ? [element("li", {class: "none"}, "nothing found")] : []));
  for (const old of stage.querySelectorAll(".hit")) old.classList.remove("hit");
  for (const id of found) for (const card of cardsOf(id)) card.classList.add("hit");
}

/* ---------------------------------------------------------------- hands */

/* The next card in a direction: along an edge, or beside in the same row. */
function neighbour(here, key) {
  const edges = [...paneOf(here).querySelectorAll(".edge")], {id} = here.dataset;
  if (key === "ArrowDown") { const edge = edges.find(e => e.dataset.from === id); return edge && edge.dataset.to; }
  if (key === "ArrowUp") { const edge = edges.find(e => e.dataset.to === id); return edge && edge.dataset.from; }
  const siblings = [...here.parentNode.children].filter(one => one.classList.contains("card") && one !== here);
  const [x, y] = centre(here), sign = key === "ArrowRight" ? 1 : -1;
  const ahead = siblings.map(one => [one, centre(one)]).filter(([, [cx]]) => (cx - x) * sign > 1);
  ahead.sort(([, [ax, ay]], [, [bx, by]]) => Math.abs(ax - x) + 3 * Math.abs(ay - y) - Math.abs(bx - x) - 3 * Math.abs(by - y));
  return ahead.length ? ahead[0][0].dataset.id : undefined;
}

function centre(card) { const box = card.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }

const KEYS = [
  ["/", "search"], ["↑ ↓", "along the edges"], ["← →", "beside"], ["Enter", "what is known of a node"], ["Space", "open or close it"],
  ["1 … 5", "all, init, step, refresh, train"], ["+ −", "zoom; also the wheel"], ["0", "show everything"], ["O, C", "open all blocks; close all"],
  ["T", "light or dark"], ["Esc", "let go"],
];

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("keys").open) return;
  const find = document.getElementById("find");
  if (event.target === find) {
    if (event.key === "Escape") { find.value = ""; showFound(); sheets()[0].focus(); }
    if (event.key === "Enter") { const found = search(find.value); if (found.length) reveal(found[(found.indexOf(state.chosen) + 1) % found.length]); find.focus(); }
    return;
  }
  const card = event.target.closest && event.target.closest(".card"), views = Object.keys(data.views);
  const acts = {
    "/": () => find.focus(), "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: fit, o: openAll, c: closeAll, t: changeTheme,
    "?": () => document.getElementById("keys").showModal(),
    Escape: () => choose(null),
  };
  views.forEach((view, i) => { acts[i + 1] = () => show(view); });
  Object.assign(acts, page.acts);
  if (card) {
    acts.Enter = () => choose(card.dataset.id);
    acts[" "] = () => toggle(card.dataset.id);
    for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) acts[key] = () => {
      const next = cardIn(paneOf(card), neighbour(card, key));
      if (!next) return;
      next.focus({preventScroll: true});
      if (state.chosen) choose(next.dataset.id);
      bringIn(next);
    };
  }
  const act = acts[event.key];
  if (!act || (event.target.tagName === "BUTTON" && [" ", "Enter"].includes(event.key))) return;
  event.preventDefault();
  act();
}

function changeTheme() {
  const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

function listen() {
  let drag = null;
  for (const name of ["pointerdown", "focusin"]) stage.addEventListener(name, event => { state.side = sideOf(event.target); });
  stage.addEventListener("pointerdown", event => { if (event.button === 0) drag = {x: event.clientX, y: event.clientY, moved: false}; });
  window.addEventListener("pointermove", event => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    stage.classList.add("dragged");
    moving();
    Object.assign(drag, {x: event.clientX, y: event.clientY, moved: true});
    pan(-dx, -dy);
  });
  window.addEventListener("pointerup", event => {
    const was = drag;
    drag = null;
    stage.classList.remove("dragged");
    if (!was || was.moved || !stage.contains(event.target)) return;
    const opener = event.target.closest(".opener"), card = event.target.closest(".card");
    if (opener) toggle(opener.dataset.open); else choose(card ? card.dataset.id : null);
  });
  stage.addEventListener("dblclick", event => { const card = event.target.closest(".card"); if (card) toggle(card.dataset.id); });
  stage.addEventListener("wheel", event => { event.preventDefault(); moving(); zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX, event.clientY); }, {passive: false});
  stage.addEventListener("pointerover", event => { const card = event.target.closest(".card"); if (card && !state.chosen) mark(card.dataset.id); });
  stage.addEventListener("pointerout", () => { if (!state.chosen) mark(null); });
  window.addEventListener("beforeprint", forPrint);
  document.addEventListener("keydown", onKey);
  document.getElementById("find").addEventListener("input", showFound);
  for (const [id, act] of [["open-all", openAll], ["close-all", closeAll], ["fit", fit], ["theme", changeTheme], ["help", () => document.getElementById("keys").showModal()]])
    document.getElementById(id).addEventListener("click", act);
  let frame = room();
  window.addEventListener("resize", () => {  // what was in the middle stays there, as large as it was
    const now = room(), [x, y, w, h] = state.box, [wide, high] = [w * now.width / frame.width, h * now.height / frame.height];
    look([x + (w - wide) / 2, y + (h - high) / 2, wide, high]);
    frame = now;
  });
}

/* On paper it is light, and nothing is chosen. */
function forPrint() {
  const root = document.documentElement, theme = root.dataset.theme;
  root.dataset.theme = "light";
  mark(null);
  window.addEventListener("afterprint", () => {
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    mark();
  }, {once: true});
}

/* The colours of the stages that there are, and the lines that are no edges of this frame. */
function stageLegend() {
  const present = Object.keys(data.stages).filter(stage => Object.values(data.nodes).some(node => node.stage === stage));
  const levels = Object.values(data.views[FIRST]), entry = (kind, words) => element("span", {}, element("i", {class: kind}), words);
  return [
    ...present.map(stage => entry(stage, `${stage}: ${data.stages[stage]}`)),
    levels.some(level => level.shared.length) ? entry("same-weights", "one part, the same weights") : "",
    levels.some(level => level.edges.some(edge => edge.back)) ? entry("next-frame", "into the next frame") : "",
  ].filter(Boolean);
}

function totals() {
  const step = data.programs.step;
  return [data.parameters ? `${amount(data.parameters)} parameters` : "no trained weights", step && step.operations ? `${amount(step.operations)} FLOPs in a step` : ""].filter(Boolean).join(" · ");
}

function begin() {
  document.getElementById("name").textContent = data.name;
  document.getElementById("totals").textContent = page.totals ? page.totals() : totals();
  document.getElementById("views").append(...Object.keys(data.views).map(view => element("button", {role: "tab", "data-view": view, on: () => show(view)}, page.titles ? page.titles[view] : TITLES[view])));
  document.getElementById("legend").append(...page.legend ? page.legend() : stageLegend());
  document.getElementById("keys").append(element("h2", {}, "Keys"), facts([...(page.keys || []), ...KEYS.filter(([key]) => !page.titles || !/^1/.test(key))]), element("button", {on: () => document.getElementById("keys").close()}, "Close"));
  listen();
  listenForTips();
  show(FIRST);
  if (!Object.keys(data.blocks).length) document.getElementById("open-all").hidden = true;
  if (!page.overview) return;
  showPanel(null);
  fit();
}

begin();
