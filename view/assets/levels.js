/* Where everything stands, given what is open: an opened card stretches the paper around it, and the order of things
   stays. Widths and heights that open cards need become a stretch of the columns and rows that they stand in. */

const data = JSON.parse(document.getElementById("data").textContent);
const HEAD = 44, PAD = 18, MODULE = {width: 250, height: 46, gap: 16, pad: 14};

/* What is known of a node; on one side of a change, of what it is there. */
function known(id, side) { return (side ? data.sides[side].nodes : data.nodes)[id]; }

/* The level within a node: of a block, or the modules of a component; null where there is none. */
function inside(id, side) {
  if (id.startsWith("block:")) return state.levels[id.slice(6)] || null;
  const [node, path] = id.split("//"), key = known(node, side) && known(node, side).modules;
  const tree = key && moduleTree(key);
  const at = tree && (path === undefined ? tree : tree.byPath[path]);
  return at && at.children.length ? moduleLevel(node, at) : null;
}

function opens(id) { return state.sides.some(side => inside(id, side) !== null); }

const trees = {};

/* The modules of a part as a tree: a module stands below the nearest one around it that is called itself. */
function moduleTree(key) {
  if (trees[key]) return trees[key];
  const root = {path: "", children: [], byPath: {}};
  for (const [path, type, shape, parameters, operations] of data.modules[key]) {
    let around = path;
    do around = around.includes(".") ? around.slice(0, around.lastIndexOf(".")) : "";
    while (around && !root.byPath[around]);
    const parent = around ? root.byPath[around] : root;
    const module = {path, type, shape, parameters, operations, children: []};
    module.title = path.slice(around ? around.length + 1 : 0);
    parent.children.push(module);
    root.byPath[path] = module;
  }
  return (trees[key] = root);
}

/* Modules in the order of their first calls, one below the other. */
function moduleLevel(node, at) {
  const {width, height, gap, pad} = MODULE, stage = data.nodes[node].stage;
  const nodes = at.children.map((one, row) => ({
    id: `${node}//${one.path}`, kind: "module", flow: false, stage, title: one.title, module: one,
    box: [pad, pad + row * (height + gap), width, height],
    lines: [[`${one.title}  ${one.type}`, "module-title", 18], [[one.shape, one.parameters ? amount(one.parameters) : "", (page.time && page.time(`${node}//${one.path}`)) || (one.operations ? `${amount(one.operations)} FLOPs` : "")].filter(Boolean).join(" · "), "detail", 16]],
  }));
  const edges = nodes.slice(1).map((_, row) => {
    const x = pad + width / 2, y = pad + row * (height + gap) + height;
    return {ends: [row, row + 1], stage, port: "", back: false, way: [x, y, x, y, x, y + gap]};
  });
  return {size: [width + 2 * pad, nodes.length * (height + gap) - gap + 2 * pad], bands: [], nodes, edges, labels: [], shared: []};
}

/* A monotone map of one axis, that gives every interval [from, to] at least `more` room. */
function stretch(needs) {
  const cuts = [...new Set(needs.flatMap(n => [n.from, n.to]))].sort((a, b) => a - b);
  const slope = cuts.map((from, i) => Math.max(0, ...needs.filter(n => n.from <= from && n.to >= cuts[i + 1]).map(n => n.more / (n.to - n.from))));
  const shift = [0];
  for (let i = 1; i < cuts.length; i++) shift.push(shift[i - 1] + slope[i - 1] * (cuts[i] - cuts[i - 1]));
  return x => {
    if (!cuts.length || x <= cuts[0]) return x;
    let low = 0, high = cuts.length - 1;
    while (low < high) { const mid = (low + high + 1) >> 1; if (cuts[mid] <= x) low = mid; else high = mid - 1; }
    return x + shift[low] + (low < cuts.length - 1 ? slope[low] * (x - cuts[low]) : 0);
  };
}

/* What is open within a node, on each side that is looked at; with room for the larger one on both. */
function placeInside(id) {
  const of = {}, placed = new Map();  // what both sides have is placed once
  for (const side of state.sides) {
    const level = inside(id, side);
    if (level && !placed.has(level)) placed.set(level, place(level));
    of[side] = level && placed.get(level);
  }
  const found = [...placed.values()];
  return found.length ? {of, width: Math.max(...found.map(one => one.width)), height: Math.max(...found.map(one => one.height))} : null;
}

/* A level with all that is open in it: rectangles from its upper left, and its size. */
function place(level) {
  const open = level.nodes.map(node => state.open.has(node.id) ? placeInside(node.id) : null);
  const wide = [], high = [];
  level.nodes.forEach(({box: [x, y, w, h]}, i) => {
    if (!open[i]) return;
    const width = Math.max(w, open[i].width + 2 * PAD), height = Math.max(h, open[i].height + HEAD + PAD);
    wide.push({from: x, to: x + w, more: width - w});
    high.push({from: y, to: y + h, more: height - h});
  });
  const mapX = stretch(wide), mapY = stretch(high);
  const nodes = level.nodes.map((node, i) => {
    const [x, y, w, h] = node.box;
    const width = open[i] ? Math.max(w, open[i].width + 2 * PAD) : w;
    const height = open[i] ? Math.max(h, open[i].height + HEAD + PAD) : h;
    const left = mapX(x + w / 2) - width / 2, top = mapY(y + h / 2) - height / 2;
    return {...node, x: left, y: top, width, height, open: open[i]};
  });
  const beside = (i, x) => { const {box: [left, , w]} = level.nodes[i], n = nodes[i]; return n.x + n.width / 2 + (x - left - w / 2) * (n.open ? n.width / w : 1); };
  const edges = level.edges.map(edge => ({...edge, points: way(edge, nodes, beside, mapX, mapY)}));
  const labels = level.labels.map(label => ({...label, x: beside(label.of, label.at[0]), y: nodes[label.of].y + nodes[label.of].height + 5}));
  const bands = level.bands.map(([name, top, bottom]) => ({name, top: mapY(top), bottom: mapY(bottom)}));
  return {nodes, edges, labels, bands, shared: level.shared, width: mapX(level.size[0]), height: mapY(level.size[1])};
}

/* The points of an edge: its ends stay at their cards, the others move with the paper. */
function way(edge, nodes, beside, mapX, mapY) {
  const points = [];
  for (let i = 0; i < edge.way.length; i += 2) points.push([edge.way[i], edge.way[i + 1]]);
  const [from, to] = edge.ends, last = points.length - 1, startX = beside(from, points[0][0]);
  return points.map(([x, y], i) => {
    if (i === 0) return [startX, nodes[from].y + nodes[from].height];
    if (i === last) return [beside(to, x), nodes[to].y];
    return [x === points[0][0] && i === 1 ? startX : mapX(x), i === 1 ? Math.max(mapY(y), nodes[from].y + nodes[from].height) : mapY(y)];
  });
}
