/*
 * graph: points over time as steps, drawn by uPlot (vendor/uplot). The lines are those of the
 * legend; the one that is highlighted there or here stands out. Where the pointer or the keyboard
 * is, a tooltip says what each had; for those who do not see it there is the table
 * (progress-table.js).
 *
 *   show({lines, times, sums})   lines: [{id, name, colour}], sums[k] belongs to lines[k]
 *   highlight(id)                or null
 */
import { clockTime, day, isolated, number, text, time } from "../text/text.js";
import { setting } from "../settings.js";
import { hideTooltip, isExplained, showTooltipAt } from "./tooltip.js";

const stepped = window.uPlot.paths.stepped({ align: 1 });
const dashes = [undefined, [7, 3]]; // the second five lines differ by more than colour

export class Graph {
    #box;
    #announce;
    #plot = null;
    #key = "";
    #data = { lines: [], times: [], sums: [] };
    #marked = null;
    #told = -1; // which of the times the tooltip tells of, or told of when Escape took it away

    /* `announce(sentence)` speaks what the keyboard finds. */
    constructor(box, announce) {
        this.#box = box;
        this.#announce = announce;
        box.ariaLabel = text("graphLabel");
        box.addEventListener("keydown", (event) => this.#pressed(event));
        box.addEventListener("blur", () => this.#moveTo(-1));
        box.addEventListener("pointerleave", () => this.#explainNothing());
        new ResizeObserver(() => this.#resize()).observe(box);
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    }

    show(data) {
        this.#data = data;
        const key = JSON.stringify(data.lines.map(({ id, colour }) => [id, colour]));
        if (this.#plot && key === this.#key) {
            this.#plot.setData(this.#columns());
        } else {
            this.#key = key;
            this.redraw();
        }
    }

    highlight(id) {
        this.#marked = id;
        this.#plot?.setSeries(this.#seriesOf(id), { focus: true });
    }

    /* Anew, in the colours and the zone of now. */
    redraw() {
        this.#plot?.destroy();
        this.#plot = null;
        const { clientWidth: width, clientHeight: height } = this.#box;
        if (width > 0 && height > 0 && this.#data.lines.length > 0) {
            this.#plot = new window.uPlot(this.#options(width, height), this.#columns(), this.#box);
            this.highlight(this.#marked);
        }
    }

    #columns() {
        return [this.#data.times.map((ms) => ms / 1000), ...this.#data.sums];
    }

    #options(width, height) {
        const { fontSize, fontFamily } = getComputedStyle(this.#box);
        const em = Math.round(parseFloat(fontSize)); // uPlot reads whole pixels
        const colour = (name) => colourOf(this.#box, name);
        const axis = {
            stroke: colour("--muted"),
            grid: { stroke: colour("--line"), width: 1 },
            ticks: { show: false },
            font: `${em}px ${fontFamily}`,
        };
        return {
            width,
            height,
            padding: [em, em, 0, 0],
            legend: { show: false },
            focus: { alpha: 0.2 },
            cursor: {
                y: false,
                drag: { x: false, y: false },
                focus: { prox: 24 },
                points: { size: 7 },
            },
            tzDate: inZone,
            axes: [
                { ...axis, space: em * 6, size: em * 3.4, values: (_, ticks) => timeLabels(ticks) },
                { ...axis, space: em * 2.5, size: em * 4, values: (_, ticks) => ticks.map(number) },
            ],
            series: [
                {},
                ...this.#data.lines.map((line, at) => ({
                    stroke: colour(`--line-${line.colour}`),
                    width: 2,
                    dash: dashes[Math.floor(at / 5) % 2],
                    paths: stepped,
                    points: { show: false },
                })),
            ],
            hooks: {
                setCursor: [(plot) => this.#explain(plot)],
                setSeries: [(plot, at) => at === null && this.#markAgain(plot)],
            },
        };
    }

    /* A line's in the plot, where the times come first; null: it has none. */
    #seriesOf(id) {
        const at = this.#data.lines.findIndex((line) => line.id === id);
        return at < 0 ? null : at + 1;
    }

    /* uPlot lets go of the highlighted line once the pointer is at none. */
    #markAgain(plot) {
        const at = this.#seriesOf(this.#marked);
        if (at !== null) {
            plot.setSeries(at, { focus: true });
        }
    }

    #resize() {
        const { clientWidth: width, clientHeight: height } = this.#box;
        if (this.#plot && width > 0 && height > 0) {
            this.#plot.setSize({ width, height });
        } else {
            this.redraw();
        }
    }

    #explain(plot) {
        const at = plot.cursor.idx;
        if (at === null || at === undefined || plot.cursor.left < 0) {
            this.#explainNothing();
            return;
        }
        if (at === this.#told && !isExplained(this.#box)) {
            return; // only the data are new
        }
        this.#told = at;
        const box = plot.over.getBoundingClientRect();
        const x = box.left + plot.valToPos(this.#data.times[at] / 1000, "x");
        showTooltipAt(this.#box, x, box.top, this.#valuesAt(at));
    }

    /* The tooltip may be the ranking's. */
    #explainNothing() {
        this.#told = -1;
        if (isExplained(this.#box)) {
            hideTooltip();
        }
    }

    /* [time, "name: points"...], the most points first. */
    #valuesAt(at) {
        const values = this.#data.lines.map((line, k) => [line.name, this.#data.sums[k][at]]);
        values.sort((a, b) => b[1] - a[1]);
        return [
            time(this.#data.times[at]),
            ...values.map(([name, sum]) => `${isolated(name)}: ${number(sum)}`),
        ];
    }

    #pressed(event) {
        const last = this.#data.times.length - 1;
        const now = this.#plot?.cursor.idx ?? last;
        const moves = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last };
        if (event.key in moves) {
            event.preventDefault();
            this.#moveTo(Math.max(0, Math.min(last, moves[event.key])));
        } else if (this.#plot && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
            event.preventDefault();
            this.#nextLine(event.key === "ArrowDown" ? 1 : -1);
        }
    }

    #moveTo(at) {
        if (this.#plot) {
            const left = at < 0 ? -10 : this.#plot.valToPos(this.#data.times[at] / 1000, "x");
            this.#plot.setCursor({ left, top: at < 0 ? -10 : 0 });
            if (at >= 0) {
                this.#announce(this.#valuesAt(at).join(", "));
            }
        }
    }

    #nextLine(step) {
        const { lines, sums } = this.#data;
        const at = lines.findIndex((line) => line.id === this.#marked);
        const next = (at + step + lines.length) % lines.length;
        this.highlight(lines[next].id);
        this.#announce(`${isolated(lines[next].name)}: ${number(sums[next].at(-1))}`);
    }
}

/* Where the axis has its ticks: at whole hours of the zone that times are shown in. */
function inZone(seconds) {
    const date = new Date(seconds * 1000);
    return setting("zone") === "utc" ? window.uPlot.tzDate(date, "Etc/UTC") : date;
}

/* The day under the first label, and wherever a new one begins. */
function timeLabels(ticks) {
    const days = ticks.map((seconds) => day(seconds * 1000));
    return ticks.map(
        (seconds, at) =>
            clockTime(seconds * 1000) + (days[at] === days[at - 1] ? "" : `\n${days[at]}`),
    );
}

/* What a custom property comes to, as a canvas needs it: theme.css writes light-dark(). */
function colourOf(box, name) {
    box.style.outlineColor = `var(${name})`;
    const colour = getComputedStyle(box).outlineColor;
    box.style.outlineColor = "";
    return colour;
}
