/* The panes: one, or one for each side of a change. They show the same place of the same paper, each with its own side on it,
   so that a part stands at the same place in both. */

function openPanes(sides) {
  if (String(sides) === String(state.sides) && stage.firstElementChild) return;
  state.sides = sides;
  if (!sides.includes(state.side)) state.side = sides[sides.length - 1];
  stage.replaceChildren(...sides.map(paneFor));
}

function paneFor(side) {
  const sheet = shape("svg", {class: "sheet", role: "group", "aria-label": side ? `Graph of ${side}` : "Graph", tabindex: -1});
  return element("div", {class: "pane", "data-side": side}, side ? element("h2", {class: "side-name"}, page.titles[side]) : "", sheet);
}

function sheets() { return [...stage.querySelectorAll(".sheet")]; }

function drawSheet(sheet) {
  const [x, y, w, h] = whole();
  sheet.replaceChildren();
  drawLevel(state.scene, shape("g", {class: "scene"}, sheet), true, sideOf(sheet));
  for (const [name, value] of Object.entries({viewBox: `${x} ${y} ${w} ${h}`, width: w, height: h})) sheet.setAttribute(name, value);
}

/* ---------------------------------------------------------------- which of them */

function paneOf(inner) { return inner.closest(".pane") || stage.firstElementChild; }

function sideOf(inner) { return paneOf(inner).dataset.side; }

/* The pane at a point of the window; the one that was used last where none is. */
function paneAt(x, y) {
  const panes = [...stage.children];
  const under = ({left, right, top, bottom}) => x >= left && x <= right && y >= top && y <= bottom;
  return panes.find(pane => under(pane.getBoundingClientRect())) || panes.find(pane => pane.dataset.side === state.side);
}

function cardIn(pane, id) { return id === undefined ? null : pane.querySelector(`[data-id="${CSS.escape(id)}"]`); }

function cardsOf(id) { return [...stage.children].map(pane => cardIn(pane, id)).filter(Boolean); }

/* In the pane that was used last, if it is there. */
function cardOf(id) {
  const cards = cardsOf(id);
  return cards.find(card => sideOf(card) === state.side) || cards[0] || null;
}
