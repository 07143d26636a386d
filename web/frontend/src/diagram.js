// The diagrams of a case or of a protocol, for who has JavaScript: the table beside it says the same.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "./diagram.css";

const ZOOM = 1.25;

/** Mark a step by the look of its shape and by words: never by colour alone. */
function mark(viewer, elementId, state, words) {
  if (!viewer.get("elementRegistry").get(elementId)) return;
  viewer.get("canvas").addMarker(elementId, `passo-${state}`);
  const label = document.createElement("span");
  label.className = `etichetta-passo etichetta-${state}`;
  label.textContent = words;
  viewer.get("overlays").add(elementId, "stato", { position: { top: -14, left: 4 }, html: label });
}

/** Show the whole diagram, or begin at what is to be done where the whole would be too small to read. */
function fit(viewer, marks) {
  const canvas = viewer.get("canvas");
  if (canvas.zoom("fit-viewport") >= 0.5) return;
  canvas.zoom(0.7);
  const wanted = Object.keys(marks).sort((one, other) => RANKS.indexOf(marks[other]) - RANKS.indexOf(marks[one]));
  const first = wanted.find((id) => viewer.get("elementRegistry").get(id));
  if (first) canvas.scrollToElement(first, { top: 80, bottom: 80, left: 60, right: 60 });
}

const RANKS = ["done", "current", "late", "warning"];

async function draw(section, holder, { bpmn, marks, counts = {} }) {
  const frame = holder.querySelector(".disegno");
  // The wheel goes on scrolling the page; there are buttons for zooming.
  const viewer = new NavigatedViewer({ container: frame, zoomScroll: { enabled: false } });
  await viewer.importXML(bpmn);
  for (const [elementId, state] of Object.entries(marks)) {
    const [done, all] = counts[elementId] ?? [0, 0];
    const several = section.dataset.count?.replace("{fatti}", done).replace("{tutti}", all);
    mark(viewer, elementId, state, all > 1 ? `${section.dataset[state]} · ${several}` : section.dataset[state]);
  }
  fit(viewer, marks);
  const canvas = viewer.get("canvas");
  const acts = {
    in: () => canvas.zoom(canvas.zoom() * ZOOM),
    out: () => canvas.zoom(canvas.zoom() / ZOOM),
    all: () => canvas.zoom("fit-viewport"),
  };
  for (const button of holder.querySelectorAll("button[data-zoom]")) {
    button.addEventListener("click", acts[button.dataset.zoom]);
  }
}

/** List the steps of a diagram that was never drawn, with how they stand. */
function list(section, { steps, marks }) {
  const holder = section.querySelector("template[data-words]").content.firstElementChild.cloneNode(true);
  for (const [id, name] of steps) {
    const item = document.createElement("li");
    item.textContent = marks[id] ? `${name}: ${section.dataset[marks[id]]}` : name;
    holder.querySelector("ul").append(item);
  }
  section.append(holder);
}

async function show(section) {
  const template = section.querySelector("template:not([data-words])");
  const note = section.querySelector("[role=status]");
  try {
    const answer = await fetch(section.dataset.diagrams, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
    const { diagrams } = await answer.json();
    section.hidden = diagrams.length === 0;
    for (const diagram of diagrams) {
      if (diagram.bpmn === null) {
        list(section, diagram);
        continue;
      }
      const holder = template.content.firstElementChild.cloneNode(true);
      section.append(holder);
      await draw(section, holder, diagram);
    }
    note.textContent = "";
  } catch (error) {
    section.hidden = false;
    note.textContent = section.dataset.failed;
    console.warn(error);
  }
}

const section = document.querySelector("[data-diagrams]");
if (section) show(section);
