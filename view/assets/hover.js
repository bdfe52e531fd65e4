/* What a card is in short, while the pointer rests on it. */

const tip = document.getElementById("tip"), REST = 280;
let tipTimer = 0;

function hideTip() { clearTimeout(tipTimer); tip.hidden = true; }

function listenForTips() {
  stage.addEventListener("pointerover", event => {
    const card = event.target.closest(".card");
    hideTip();
    if (card && event.pointerType !== "touch" && card.dataset.id !== state.chosen) tipTimer = setTimeout(() => showTip(card), REST);
  });
  stage.addEventListener("pointerout", hideTip);
  for (const name of ["pointerdown", "wheel", "keydown"]) window.addEventListener(name, hideTip, {passive: true});
}

function showTip(card) {
  tip.replaceChildren(...inShort(card.dataset.id, sideOf(card)));
  tip.hidden = false;
  const box = card.getBoundingClientRect(), {width, height} = tip.getBoundingClientRect(), gap = 10;
  const right = box.right + gap + width < innerWidth, left = right ? box.right + gap : box.left - gap - width;
  tip.style.left = `${Math.max(gap, Math.min(left, innerWidth - width - gap))}px`;
  tip.style.top = `${Math.max(gap, Math.min(box.top, innerHeight - height - gap))}px`;
}

/* The first rows of the panel, settings in one. */
function inShort(id, side) {
  const panel = told(id, side);
  const kept = panel.filter((row, i) => row.tagName === "H2" || ["component", "differs"].includes(row.className) || (row.tagName === "DL" && i === panel.findIndex(one => one.tagName === "DL")));
  const node = data.nodes[id.replace(/^(in|out):/, "")];
  if (node && node.settings.length) kept.push(element("p", {}, ...node.settings.flatMap(([name, value, inferred], i) => [i ? " · " : "", element("span", inferred ? {class: "inferred"} : {}, `${name} ${value}${inferred ? " (inferred)" : ""}`)])));
  return kept;
}
