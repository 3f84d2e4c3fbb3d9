// The outline of the sound, a tick for each place to check, a line where the player is.

const NS = "http://www.w3.org/2000/svg";
const WIDTH = 1000, HEIGHT = 48, TICKS = 8;

function make(parent, name, attributes) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return parent.appendChild(element);
}

/** Draw the outline once; an empty one leaves a plain line. */
export function drawStrip(svg, peaks) {
  const middle = TICKS + (HEIGHT - TICKS) / 2, loudest = Math.max(0.01, ...peaks);
  const step = WIDTH / Math.max(1, peaks.length);
  const bars = peaks.map((peak, i) => {
    const half = Math.max(0.4, (peak / loudest) * (HEIGHT - TICKS) * 0.48);
    return `M${(i * step).toFixed(1)} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`;
  });
  svg.replaceChildren();
  make(svg, "path", { class: "sound", d: bars.join("") || `M0 ${middle}H${WIDTH}` });
  make(svg, "g", { class: "ticks" });
  make(svg, "line", { class: "now", x1: 0, x2: 0, y1: 0, y2: HEIGHT });
}

/** Draw a tick above the sound of each place: a square for what must be settled, a lozenge for what is worth a look. */
export function drawTicks(svg, places, duration) {
  const ticks = svg.querySelector(".ticks");
  ticks.replaceChildren();
  for (const place of places) {
    const x = duration ? (place.seconds[0] / duration) * WIDTH : 0;
    const shape = place.severity === "block" ? `M${x - 3} 0h6v6h-6z` : `M${x} 0l3.5 3.5-3.5 3.5-3.5-3.5z`;
    make(ticks, "path", { d: shape, class: place.severity });
  }
}

export function moveStrip(svg, time, duration) {
  const line = svg.querySelector(".now"), x = duration ? (time / duration) * WIDTH : 0;
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
}
