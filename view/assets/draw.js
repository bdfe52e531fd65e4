/* Levels as SVG. */

const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, parent, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function amount(number) {
  for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (number >= size) return `${(number / size).toPrecision(3).replace(/\.?0+$/, "")} ${unit}`;
  return String(number);
}

/* Whether something is there on a side of a change; without sides, everything is. */
const ABSENT = {A: "added", B: "removed"};
function isOn(one, side) { return !side || one.how !== ABSENT[side]; }

/* A level; on one side of a change, with gaps where the other side has something else. */
function drawLevel(level, parent, isTop, side) {
  if (isTop) drawBands(level, parent);
  for (const edge of level.edges) if (isOn(edge, side)) drawEdge(edge, level, parent);
  drawShared(level, parent, side);
  for (const node of level.nodes) if (isOn(node, side)) drawNode(node, parent, side); else drawGap(node, parent);
  for (const label of level.labels) if (isOn(label, side) && isOn(level.nodes[label.of], side)) drawLabel(label, level, parent, side);
  drawPorts(level, parent, side);
}

function drawGap({x, y, width, height}, parent) { shape("rect", {class: "gap", x, y, width, height, rx: 9}, parent); }

/* What is written on one side. */
function writtenOn(one, side) { return side && one.sides ? {...one, ...one.sides[side]} : one; }

function drawBands(level, parent) {
  for (const {name, top, bottom} of level.bands) {
    const group = shape("g", {class: "band"}, parent);
    shape("rect", {x: -34, y: top + 3, width: level.width + 44, height: Math.max(0, bottom - top - 6), rx: 10}, group);
    shape("text", {transform: `translate(-14 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle"}, group, name);
  }
}

function curve(points) {
  let path = `M${points[0][0]} ${points[0][1]}`;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1], [bx, by] = points[i], bend = (by - ay) * 0.55;
    path += Math.abs(ax - bx) < 0.5 ? `L${bx} ${by}` : `C${ax} ${ay + bend} ${bx} ${by - bend} ${bx} ${by}`;
  }
  return path;
}

/* Into the next frame: out below, up at the right, and in from above. */
function wayBack(points, side) {
  const [sx, sy] = points[0], [x, y] = points[1], [ex, ey] = points[points.length - 1], above = ey - 46;
  return `M${sx} ${sy}L${x} ${y}C${x} ${y + 24} ${side} ${y + 24} ${side} ${y - 16}V${ey}C${side} ${above} ${ex} ${above} ${ex} ${ey}`;
}

function drawEdge(edge, level, parent) {
  const [from, to] = edge.ends.map(i => level.nodes[i].id), end = edge.points[edge.points.length - 1];
  const group = shape("g", {class: `edge ${edge.stage}${edge.back ? " back" : ""}${how(edge)}`, "data-from": from, "data-to": to}, parent);
  shape("path", {d: edge.back ? wayBack(edge.points, level.width - 10) : curve(edge.points)}, group);
  shape("path", {class: "tip", d: `M${end[0] - 4} ${end[1] - 8}h8l-4 8z`}, group);
}

function drawNode(node, parent, side) {
  const openable = inside(node.id, side) !== null, open = node.open && node.open.of[side], told = writtenOn(node, side);
  const group = shape("g", {
    class: `card ${node.stage} ${node.kind}${node.flow ? " flow" : ""}${open ? " open" : ""}${how(node)}`,
    "data-id": node.id, tabindex: 0, role: "button", "aria-label": spoken(told),
    ...(openable ? {"aria-expanded": Boolean(open)} : {}),
  }, parent);
  const radius = open ? 12 : node.flow ? Math.min(node.height / 2, 24) : 9;
  shape("rect", {x: node.x, y: node.y, width: node.width, height: node.height, rx: radius}, group);
  let y = node.y, middle = node.x + node.width / 2;
  for (const [text, style, height] of open ? told.lines.slice(0, 2) : told.lines)
    shape("text", {class: style, x: middle, y: (y += height), "text-anchor": "middle"}, group, style === "time" ? page.time(node.id) : text);
  if (openable) {
    const sign = shape("g", {class: "opener", "data-open": node.id}, group);
    shape("circle", {cx: node.x + node.width - 3, cy: node.y + 3, r: 8}, sign);
    shape("path", {d: `M${node.x + node.width - 7} ${node.y + 3}h8${open ? "" : `M${node.x + node.width - 3} ${node.y - 1}v8`}`}, sign);
  }
  if (SIGNS[node.how]) drawSign(node, group);
  if (!open) return;
  const moved = shape("g", {transform: `translate(${node.x + (node.width - open.width) / 2} ${node.y + HEAD})`}, group);
  drawLevel(open, moved, false, side);
}

/* In a picture of a change: how it differs, by more than its colour. */
const SIGNS = {added: "+", removed: "−", changed: "Δ", renamed: "»"};

function how(one) { return one.how ? ` how-${one.how}` : ""; }

function drawSign(node, parent) {
  const sign = shape("g", {class: "sign"}, parent);
  shape("circle", {cx: node.x + 2, cy: node.y + 2, r: 8.5}, sign);
  shape("text", {x: node.x + 2, y: node.y + 6.5, "text-anchor": "middle"}, sign, SIGNS[node.how]);
}

function spoken(node) {
  return [node.title, ...(node.how ? [node.how] : []), ...node.lines.slice(1).map(([text]) => text), ...(data.stages[node.stage] ? [`known ${data.stages[node.stage]}`] : [])].join(", ");
}

function drawLabel(label, level, parent, side) {
  const {x, y, of} = label, {size: [width, height], lines, wire} = writtenOn(label, side);
  const group = shape("g", {class: "label", "data-of": level.nodes[of].id}, parent);
  shape("rect", {x: x - width / 2 + 2, y, width: width - 4, height: height - 8, rx: 7}, group);
  lines.forEach((line, i) => {
    const text = shape("text", {x, y: y + 13 + 14 * i, "text-anchor": "middle"}, group);
    const [name, ...rest] = i === 0 && wire ? line.split("  ") : ["", line];
    if (name) shape("tspan", {class: "wire"}, text, name);
    text.append((name && rest.length ? "  " : "") + rest.join("  "));
  });
}

const EITHER = new Set(["+", "*", "and", "or", "==", "!="]), MANY = 8;

function drawPorts(level, parent, side) {
  const arriving = {};
  for (const edge of level.edges) if (isOn(edge, side)) (arriving[edge.ends[1]] ||= []).push(edge);
  for (const [to, edges] of Object.entries(arriving)) {
    if (edges.length > MANY || new Set(edges.map(edge => edge.port)).size < 2) continue;
    for (const {port, points, back} of edges) {
      if (!port || (/^\d+$/.test(port) && EITHER.has(level.nodes[to].title))) continue;
      const [[fromX], [x, y]] = points.slice(-2), node = level.nodes[to];
      const straight = Math.abs(fromX - x) <= 1, left = back || (straight ? x > node.x + node.width / 2 : fromX > x);
      shape("text", {class: "port-name", x: x + (left ? -6 : 6), y: y - 5, "text-anchor": left ? "end" : "start"}, parent, port);
    }
  }
}

/* A dashed line between the applications of one part. */
function drawShared(level, parent, side) {
  for (const [part, ...all] of level.shared) {
    const numbers = all.filter(number => isOn(level.nodes[number], side));
    numbers.slice(1).forEach((number, i) => {
      const [one, two] = [level.nodes[numbers[i]], level.nodes[number]].sort((a, b) => a.x - b.x);
      const [ay, by] = [one.y + one.height / 2, two.y + two.height / 2], right = one.x + one.width;
      const group = shape("g", {class: "shared"}, parent);
      if (right < two.x) {
        const middle = (right + two.x) / 2, width = part.length * 6.6 + 16;
        shape("path", {d: `M${right} ${ay}C${middle} ${ay} ${middle} ${by} ${two.x} ${by}`}, group);
        if (two.x - right < width + 12) return;
        shape("rect", {x: middle - width / 2, y: (ay + by) / 2 - 9, width, height: 18, rx: 9}, group);
        shape("text", {x: middle, y: (ay + by) / 2 + 4, "text-anchor": "middle"}, group, part);
      } else {
        const bend = Math.max(right, two.x + two.width) + 30;
        shape("path", {d: `M${right} ${ay}C${bend} ${ay} ${bend} ${by} ${two.x + two.width} ${by}`}, group);
      }
    });
  }
}
