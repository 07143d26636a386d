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

/** Write beneath a shape which clocks its step has: class and time, and of one that runs the last and the next rung. */
function time(viewer, elementId, clocks) {
  if (!viewer.get("elementRegistry").get(elementId)) return;
  const label = document.createElement("div");
  label.className = "tempi-passo";
  for (const clock of clocks) {
    label.append(line(clock.mark, clock.late ? "tempo-passo tempo-scaduto" : "tempo-passo"));
    label.append(...clock.rungs.map((said) => line(said, "gradino-passo")));
  }
  viewer.get("overlays").add(elementId, "tempi", { position: { bottom: 2, left: 4 }, html: label });
}

function line(said, look) {
  const row = document.createElement("div");
  row.className = look;
  row.textContent = said;
  return row;
}

/** Say in words, beneath a diagram, what is written on its shapes, with all steps of each ladder. */
function tell(section, holder, clocks) {
  if (clocks.length === 0) return;
  const details = section.querySelector("template[data-clocks]").content.firstElementChild.cloneNode(true);
  for (const clock of clocks) {
    const item = document.createElement("li");
    item.textContent = clock.said;
    if (clock.ladder.length > 0) {
      const rungs = document.createElement("ol");
      rungs.append(...clock.ladder.map((said) => Object.assign(document.createElement("li"), { textContent: said })));
      item.append(rungs);
    }
    details.querySelector("ul").append(item);
  }
  holder.append(details);
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

async function draw(section, holder, { bpmn, marks, counts = {}, clocks = [] }) {
  const frame = holder.querySelector(".disegno");
  // The wheel goes on scrolling the page; there are buttons for zooming.
  const viewer = new NavigatedViewer({ container: frame, zoomScroll: { enabled: false } });
  await viewer.importXML(bpmn);
  for (const [elementId, state] of Object.entries(marks)) {
    const [done, all] = counts[elementId] ?? [0, 0];
    const several = section.dataset.count?.replace("{fatti}", done).replace("{tutti}", all);
    mark(viewer, elementId, state, all > 1 ? `${section.dataset[state]} · ${several}` : section.dataset[state]);
  }
  for (const elementId of new Set(clocks.map((clock) => clock.element))) {
    time(
      viewer,
      elementId,
      clocks.filter((clock) => clock.element === elementId),
    );
  }
  tell(section, holder, clocks);
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
function list(section, { steps, marks, clocks = [] }) {
  const holder = section.querySelector("template[data-words]").content.firstElementChild.cloneNode(true);
  for (const [id, name] of steps) {
    const item = document.createElement("li");
    item.textContent = marks[id] ? `${name}: ${section.dataset[marks[id]]}` : name;
    holder.querySelector("ul").append(item);
  }
  tell(section, holder, clocks);
  section.append(holder);
}

async function show(section) {
  const template = section.querySelector("template:not([data-words], [data-clocks])");
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
