/* What is known of the node that is chosen. */

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key === "on") made.addEventListener("click", value); else made.setAttribute(key, value);
  made.append(...children.filter(child => child !== null && child !== ""));
  return made;
}

function showPanel(id) {
  const panel = document.getElementById("panel");
  const before = room().width;
  const others = !id && page.overview ? page.overview() : null;
  panel.hidden = !id && !others;
  document.body.classList.toggle("has-panel", !panel.hidden);
  if (room().width !== before) look([state.box[0], state.box[1], state.box[2] * room().width / before, state.box[3]]);
  if (!id) return panel.replaceChildren(...(others || []));
  panel.replaceChildren(closer(() => choose(null)), ...told(id, state.side));
  panel.scrollTop = 0;
}

function closer(act) { return element("button", {class: "close", "aria-label": "Close", on: act}, "×"); }

function told(id, side) {
  if (page.facing) page.facing(side);
  if (page.told) return page.told(id);
  if (id.startsWith("block:")) return ofBlock(id);
  if (id.includes("//")) return ofModule(id);
  return ofNode(id.replace(/^(in|out):/, ""));
}

function heading(title, component, stage) {
  return [
    element("h2", {}, title),
    component && component !== title ? element("p", {class: "component"}, component) : "",
    stage ? element("p", {}, element("span", {class: `stage ${stage}`}, stage), ` known ${data.stages[stage]}`) : "",
  ];
}

function facts(rows) {
  const list = element("dl");
  for (const [name, ...value] of rows.filter(row => row)) list.append(element("dt", {}, name), element("dd", {}, ...value));
  return list;
}

function ofNode(id) {
  const node = data.nodes[id];
  const step = data.programs.step ? data.programs.step.operations : 0;
  const others = node.uses > 1 ? Object.keys(data.nodes).filter(name => name !== id && data.nodes[name].part === node.part) : [];
  return [
    ...heading(node.title, node.component || node.kind, node.stage),
    node.about ? element("p", {class: "about"}, node.about) : "",
    ...(page.changed ? page.changed(id) : []),
    facts([
      node.shape && ["gives", element("code", {}, node.shape)],
      node.note && ["", node.note],
      node.parameters && ["parameters", `${node.parameters.toLocaleString("en")}${share(node.parameters, data.parameters, "of all")}`],
      node.operations && ["FLOPs", `${amount(node.operations)}${node.stage === "step" ? share(node.operations, step, "of the step") : ""}`],
      node.bytes && ["memory", `${amount(node.bytes)}B of results for each target`],
      ...(page.facts ? page.facts(id) : []),
      others.length && ["shared", "the same weights: ", ...links(others)],
    ]),
    node.settings.length ? settingsTable(node.settings) : "",
    node.modules ? element("button", {on: () => toggle(id)}, state.open.has(id) ? "Close its modules" : `Open its ${data.modules[node.modules].length} modules`) : "",
    facts([node.reads.length && ["reads", ...links(node.reads)], node.feeds.length && ["read by", ...links(node.feeds)]]),
    ...node.sources.map(source),
  ].filter(Boolean);
}

function ofModule(id) {
  const [node, path] = id.split("//"), module = moduleTree(data.nodes[node].modules).byPath[path];
  return [
    ...heading(module.title, module.type, ""),
    facts([
      ["within", ...links([node])], ["path", element("code", {}, path)],
      module.shape && ["gives", element("code", {}, module.shape)],
      module.parameters && ["parameters", `${module.parameters.toLocaleString("en")}${share(module.parameters, data.nodes[node].parameters, `of ${data.nodes[node].title}`)}`],
      module.operations && ["FLOPs", `${amount(module.operations)}${share(module.operations, data.nodes[node].operations, `of ${data.nodes[node].title}`)}`],
      ...(page.facts ? page.facts(id) : []),
    ]),
  ];
}

function ofBlock(id) {
  const name = id.slice(6), block = data.blocks[name], parts = {};
  for (const node of block.nodes) parts[data.nodes[node].part || node] = data.nodes[node];
  const weights = Object.values(parts).reduce((sum, node) => sum + node.parameters, 0);
  const operations = block.nodes.reduce((sum, node) => sum + data.nodes[node].operations, 0);
  return [
    ...heading(name, `block ${block.block}`, ""),
    facts([
      weights && ["parameters", `${weights.toLocaleString("en")}${share(weights, data.parameters, "of all")}`],
      operations && ["FLOPs", amount(operations)],
      ...(page.facts ? page.facts(id) : []),
      ["inside", ...links(block.nodes)],
    ]),
    element("button", {on: () => toggle(id)}, state.open.has(id) ? "Close it" : "Open it"),
    source(block.source), source(block.declaration),
  ].filter(Boolean);
}

function share(part, whole, words) {
  return whole && part ? ` (${(100 * part / whole).toFixed(1)} % ${words})` : "";
}

function links(ids) {
  return ids.filter(id => data.nodes[id]).flatMap((id, i) => [i ? ", " : "", element("a", {href: "#", title: data.nodes[id].component || data.nodes[id].kind, on: event => { event.preventDefault(); reveal(id); }}, id)]).filter(Boolean);
}

function settingsTable(settings) {
  const rows = settings.map(([name, value, inferred]) => element("tr", inferred ? {class: "inferred"} : {}, element("th", {}, name), element("td", {}, element("code", {}, value), inferred ? element("small", {}, " inferred") : "")));
  return element("table", {}, element("caption", {}, "settings"), ...rows);
}

function source(found) {
  if (!found) return "";
  const lines = found.lines.map((line, i) => element("span", {}, element("i", {}, String(found.line + i)), line));
  return element("figure", {}, element("figcaption", {}, `${found.file}:${found.line}`), element("pre", {}, ...lines));
}
