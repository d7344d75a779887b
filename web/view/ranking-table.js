/*
 * ranking-table: a ranking of any length as a table, of which only the rows in sight are in the
 * document. The body is as high as all rows would be; a row stands in it by its transform, so that
 * a change of rank is one element that moves. Rows are kept by competitor while they are in sight
 * and reused when they leave it.
 *
 *   new RankingTable(scroller, options)   options: {view, top, plot(id), pin(id)}
 *   show(ranking, look, changes)          look: {kind, places, colours, me}: teams or users; those
 *                                         that a search found, null for all; the graph's colours by
 *                                         id; who the viewer is. changes (boards/changes.js): rows
 *                                         slide and glow; or null
 *   reveal(id)                            scrolls there
 */
import { Ranking } from "../boards/ranking.js";
import { text } from "../text/text.js";
import { element, prefersStillness } from "./dom.js";
import { GridFocus } from "./grid-focus.js";
import { Heading } from "./heading.js";
import { Layout } from "./layout.js";
import { Row } from "./row.js";
import { hashOf } from "./story-panel.js";

const overscan = 8; // rows beyond the edge, so that a fast finger sees no gap
const slide = { duration: 700, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" };
const glow = 3_000;
const pause = 150; // without scrolling
const mostSpare = 64; // rows kept out of the document
const longestPrint = 1_000; // rows
const paper = 700; // pixels: A4 and Letter, upright, with margins

export class RankingTable {
    #scroller;
    #options;
    #table = element("table");
    #thead = part("thead");
    #pinned = part("tbody", "pinned");
    #body = part("tbody", "rows");
    #probe = element("div", { className: "row-probe" });
    #rest = element("p", { className: "rest" });
    #pinnedRow = new Row();
    #rows = new Map(); // id -> row in the document
    #spare = [];
    #ranking = Ranking.empty;
    #heading = new Heading(this.#thead, (category) => this.#toggle(category));
    #chosen = new Map(); // categories that the viewer has opened or closed
    #look = { kind: "teams", places: null, colours: new Map(), me: null, layout: null };
    #height = 36;
    #frame = 0;
    #pausing = 0;
    #printing = false;

    constructor(scroller, options) {
        this.#scroller = scroller;
        this.#options = options;
        this.#table.setAttribute("role", "grid");
        this.#table.tabIndex = 0;
        this.#table.append(this.#thead, this.#pinned, this.#body);
        scroller.append(this.#probe, this.#table, this.#rest);
        this.focus = new GridFocus(this.#table, this);
        scroller.addEventListener("scroll", () => this.#paintSoon(), { passive: true });
        new ResizeObserver(() => this.#layOut()).observe(scroller);
        this.#table.addEventListener("click", (event) => this.#clicked(event));
        addEventListener("beforeprint", () => this.#print(true));
        addEventListener("afterprint", () => this.#print(false));
    }

    show(ranking, look, changes) {
        const isWhole = !look.places && !this.#look.places;
        this.#ranking = ranking;
        Object.assign(this.#look, look);
        this.#layOut();
        if (changes) {
            this.#markSolved(changes.solved);
        }
        if (changes && isWhole && !prefersStillness()) {
            this.#slideFrom(changes.before);
        }
    }

    reveal(id) {
        const position = this.#positionOf(this.#ranking.placeOf(id));
        if (position >= 0) {
            this.#scroller.scrollTop = position * this.#height - this.#room() / 2;
            this.#paint(false);
            this.#flash(this.#rows.get(id));
        }
    }

    /* How many rows there are to scroll through. */
    get count() {
        return Math.min(this.#options.top, this.#look.places?.length ?? this.#ranking.size);
    }

    /* --- For GridFocus ------------------------------------------------------------------------ */

    get ranking() {
        return this.#ranking;
    }
    get layout() {
        return this.#look.layout;
    }
    get rowsInSight() {
        return Math.max(1, Math.floor(this.#scroller.clientHeight / this.#height) - 3);
    }
    placeAt(position) {
        return this.#look.places ? this.#look.places[position] : position;
    }

    /* The row's element; undefined where it is out of sight. */
    rowAt(position) {
        return this.#rows.get(this.#ranking.id(this.placeAt(position)))?.element;
    }

    bringIntoSight(position) {
        if (position >= 0) {
            const top = position * this.#height;
            const scrolled = Math.max(this.#scroller.scrollTop, top - this.#room());
            this.#scroller.scrollTop = Math.min(top, scrolled);
            this.#paint(false);
        }
    }

    /* How much higher than a row the part of the window is that no header covers. */
    #room() {
        const covered = this.#thead.offsetHeight + this.#pinned.offsetHeight;
        return this.#scroller.clientHeight - covered - this.#height;
    }

    /* --- Layout ------------------------------------------------------------------------------- */

    #layOut() {
        const width = this.#printing ? paper : this.#scroller.clientWidth;
        const layout = new Layout(this.#ranking, width, this.#chosen, this.#options.view);
        this.#look.layout = layout;
        this.#scroller.classList.toggle("narrow", layout.narrow);
        this.#scroller.classList.toggle("sideways", layout.width > width);
        this.#scroller.style.setProperty("--template", layout.template);
        for (const [name, size] of [
            ["row-width", layout.width],
            ["rank-width", layout.sizes.rank],
            ["name-width", layout.nameWidth],
            ["mark", layout.sizes.mark],
        ]) {
            this.#scroller.style.setProperty(`--${name}`, `${size}px`);
        }
        this.#heading.show(this.#ranking, layout, this.#look.kind);
        this.#height = this.#probe.getBoundingClientRect().height;
        this.#table.ariaLabel = text(this.#look.kind);
        this.#table.ariaRowCount = this.count + 2;
        this.#table.ariaColCount = layout.columns.length;
        this.#body.style.height = `${this.count * this.#height}px`;
        this.#paint(true);
    }

    #toggle(category) {
        this.#chosen.set(category.name, !this.layout.isOpen(category));
        this.#layOut();
    }

    #paintSoon() {
        this.#frame ||= requestAnimationFrame(() => this.#paint(false));
    }

    /* `anew`: the rows that are there already show something else now. */
    #paint(anew) {
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
        const [from, to] = this.#positionsInSight();
        const places = Array.from({ length: to - from }, (_, at) => this.placeAt(from + at));
        this.#spareOthers(new Set(places.map((place) => this.#ranking.id(place))));
        places.forEach((place, at) => this.#paintRow(place, anew).moveTo(from + at, this.#height));
        this.#removeSpare();
        if (anew) {
            this.#paintPinned();
        }
        this.focus.restore();
        clearTimeout(this.#pausing);
        this.#pausing = setTimeout(() => this.#putInOrder(), pause);
    }

    #positionsInSight() {
        if (this.#printing) {
            return [0, Math.min(this.count, longestPrint)];
        }
        const { scrollTop, clientHeight } = this.#scroller;
        const from = Math.floor(scrollTop / this.#height) - overscan;
        const to = Math.ceil((scrollTop + clientHeight) / this.#height) + overscan;
        return [Math.min(this.count, Math.max(0, from)), Math.min(this.count, to)];
    }

    #paintRow(place, anew) {
        const id = this.#ranking.id(place);
        let row = this.#rows.get(id);
        if (!row || anew) {
            row ??= this.#spare.pop() ?? new Row();
            this.#rows.set(id, row);
            row.paint(this.#ranking, place, this.#look);
        }
        if (!row.element.isConnected) {
            this.#body.append(row.element);
        }
        return row;
    }

    /* Who has left the window lends his row to who enters it. */
    #spareOthers(ids) {
        for (const [id, row] of this.#rows) {
            if (!ids.has(id)) {
                this.#rows.delete(id);
                row.slide?.cancel();
                row.element.classList.remove("rising");
                this.#spare.push(row);
            }
        }
    }

    #removeSpare() {
        this.#spare.forEach((row) => row.element.remove());
        this.#spare.length = Math.min(this.#spare.length, mostSpare);
    }

    /* A screen reader walks the document's order; but moving elements is slow, scrolling is not. */
    #putInOrder() {
        const rows = Array.from(this.#rows.values()).sort((a, b) => a.position - b.position);
        rows.forEach((row, at) => {
            if (this.#body.children[at] !== row.element) {
                this.#body.insertBefore(row.element, this.#body.children[at]);
            }
        });
    }

    #paintPinned() {
        const place = this.#look.me === null ? -1 : this.#ranking.placeOf(this.#look.me);
        this.#pinned.hidden = place < 0;
        if (place >= 0) {
            this.#pinnedRow.paint(this.#ranking, place, this.#look);
            this.#pinned.replaceChildren(this.#pinnedRow.element);
        } else {
            this.#pinned.replaceChildren();
        }
    }

    #positionOf(place) {
        const { places } = this.#look;
        return places ? places.indexOf(place) : place < this.count ? place : -1;
    }

    /* Paper does not scroll. */
    #print(printing) {
        this.#printing = printing;
        this.#rest.textContent =
            printing && this.count > longestPrint
                ? text("printed", { count: longestPrint, all: this.count })
                : "";
        this.#layOut();
    }

    /* --- What happens ------------------------------------------------------------------------- */

    #slideFrom(before) {
        for (const row of this.#rows.values()) {
            const old = before.placeOf(row.id);
            if (old >= 0 && old !== row.position) {
                this.#slideRow(row, old);
            }
        }
    }

    /* From no further than a window away: what comes from far comes from the edge. */
    #slideRow(row, old) {
        const furthest = this.#scroller.clientHeight / this.#height + overscan;
        const way = Math.max(-furthest, Math.min(furthest, old - row.position));
        const y = (position) => `translateY(${position * this.#height}px)`;
        row.slide?.cancel();
        row.element.classList.toggle("rising", way > 0);
        row.slide = row.element.animate(
            { transform: [y(row.position + way), y(row.position)] },
            slide,
        );
        row.slide.onfinish = () => row.element.classList.remove("rising");
    }

    #markSolved(places) {
        for (const row of this.#rows.values()) {
            if (places.has(this.#ranking.placeOf(row.id))) {
                this.#flash(row);
            }
        }
    }

    #flash(row) {
        clearTimeout(row.glowing);
        row.element.classList.remove("glow");
        row.element.getBoundingClientRect(); // so that it begins anew
        row.element.classList.add("glow");
        row.glowing = setTimeout(() => row.element.classList.remove("glow"), glow);
    }

    #clicked({ target }) {
        const button = target.closest("button");
        const row = target.closest("tr")?.row;
        if (row && button?.className === "plot") {
            this.#options.plot(row.id);
        } else if (row && button?.className === "pin") {
            this.#options.pin(row.id);
        } else if (button?.className === "open" && this.#options.view === "page") {
            const { challenge } = button.dataset;
            location.hash = challenge ? `#challenge-${challenge}` : hashOf(this.#ranking, this.#ranking.placeOf(row.id));
        }
    }
}

function part(tag, className = "") {
    const made = element(tag, { className });
    made.setAttribute("role", "rowgroup");
    return made;
}
