/*
 * steps: a small drawing of one value over time, for a story. What it says is in its label, too.
 */
const svg = "http://www.w3.org/2000/svg";
const width = 600;
const height = 100;

/* `points`: [[time, value]...], each holds until the next; drawn from `start` to `end`, 0 to `top`. */
export function steps(points, { start, end, top, label }) {
    const x = (time) => ((Math.min(Math.max(time, start), end) - start) / (end - start || 1)) * width;
    const y = (value) => height - (value / (top || 1)) * height;
    const path = points.map(([time, value], at) =>
        at === 0 ? `M0 ${round(y(value))}` : `H${round(x(time))}V${round(y(value))}`,
    );
    const drawing = make("svg", {
        viewBox: `0 -4 ${width} ${height + 8}`,
        preserveAspectRatio: "none",
        class: "steps",
        role: "img",
        "aria-label": label,
    });
    drawing.append(make("path", { d: `${path.join("")}H${width}` }));
    return drawing;
}

function round(value) {
    return Math.round(value * 10) / 10;
}

function make(tag, attributes) {
    const made = document.createElementNS(svg, tag);
    for (const [name, value] of Object.entries(attributes)) {
        made.setAttribute(name, value);
    }
    return made;
}
