/*
 * board: the rows of a reveal. Only those in sight are in the document. A row stands in the list by
 * its transform, which its style sheet lets it reach slowly: so a step is one new place for each.
 *
 *   board.show(step)   the plan has moved: by this step, or (null) anywhere
 */
import { number, text } from "../text/text.js";
import { element, prefersStillness, setText } from "../view/dom.js";

const overscan = 4;
const counting = 600; // milliseconds that a score counts up for
const settling = 1_500; // after which nothing glides any more

export class Board {
    #plan;
    #final;
    #rows = new Map(); // id -> row
    #list = element("ol");
    #step = null; // the last one, if it was a gain
    #frame = 0;
    #pausing = 0;

    constructor(plan, final) {
        this.#plan = plan;
        this.#final = final;
        this.#list.style.setProperty("--count", plan.size);
        this.element = element("div", { className: "board", tabIndex: 0 }, this.#list);
        this.element.setAttribute("role", "region");
        this.element.ariaLabel = text("ranking");
        this.element.addEventListener("scroll", () => this.#paintSoon(), { passive: true });
        new ResizeObserver(() => this.#follow("instant")).observe(this.element);
    }

    show(step) {
        const still = !step || prefersStillness();
        this.#step = step?.type === "gain" ? step : null;
        this.#list.style.setProperty("--count", this.#plan.size);
        this.#list.classList.toggle("still", still);
        this.#list.classList.toggle("gaining", this.#step !== null);
        this.#paint();
        this.#follow(still ? "instant" : "smooth");
    }

    /* What the next step is about stays two thirds down, where those above are seen, too. */
    #follow(behavior) {
        const row = Math.max(0, this.#plan.cursor) + 1;
        const top = row * this.#rowHeight - (this.element.clientHeight * 2) / 3;
        this.element.scrollTo({ top, behavior });
        this.#paintSoon();
    }

    get #rowHeight() {
        return this.#list.offsetHeight / this.#plan.size || 1;
    }

    #paintSoon() {
        this.#frame ||= requestAnimationFrame(() => this.#paint());
    }

    #paint() {
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
        const positions = this.#positionsInSight();
        const ids = new Set(positions.map((position) => this.#plan.id(position)));
        for (const [id, row] of this.#rows) {
            if (!ids.has(id)) {
                row.element.remove();
                this.#rows.delete(id);
            }
        }
        positions.forEach((position) => this.#paintRow(position));
        clearTimeout(this.#pausing);
        this.#pausing = setTimeout(() => this.#putInOrder(positions), settling);
    }

    /* And where somebody has just climbed to, though it be out of sight. */
    #positionsInSight() {
        const { scrollTop, clientHeight } = this.element;
        const from = Math.floor(scrollTop / this.#rowHeight) - overscan;
        const to = Math.ceil((scrollTop + clientHeight) / this.#rowHeight) + overscan;
        const [first, end] = [Math.max(0, from), Math.min(this.#plan.size, to)];
        const inSight = Array.from({ length: Math.max(0, end - first) }, (_, at) => first + at);
        const climbed = this.#step?.to ?? end;
        return climbed < first ? [climbed, ...inSight] : inSight;
    }

    #paintRow(position) {
        const id = this.#plan.id(position);
        let row = this.#rows.get(id);
        if (!row) {
            row = new Row(this.#final);
            this.#rows.set(id, row);
            this.#list.append(row.element);
        }
        const step = this.#step?.to === position ? this.#step : null;
        row.paint(this.#plan, position, step, this.#list.classList.contains("still"));
    }

    /* A screen reader walks the document's order; but what is moved in it would cease to glide. */
    #putInOrder(positions) {
        positions.forEach((position, at) => {
            const row = this.#rows.get(this.#plan.id(position)).element;
            if (this.#list.children[at] !== row) {
                this.#list.insertBefore(row, this.#list.children[at]);
            }
        });
    }
}

class Row {
    #final;
    #rank = element("span", { className: "rank" });
    #name = element("bdi", { className: "name" });
    #score = element("span", { className: "score" });
    #told = element("span", { className: "unseen" });
    #marks = element("span", { className: "pips", ariaHidden: "true" });
    #cells = []; // by challenge
    #shown = NaN; // the score that it has counted up to
    #counting = 0;

    constructor(final) {
        this.#final = final;
        for (const { members } of final.categories) {
            members.forEach((challenge) => {
                this.#cells[challenge] = element("i");
            });
            const cells = members.map((challenge) => this.#cells[challenge]);
            this.#marks.append(element("span", { className: "kind" }, ...cells));
        }
        const parts = [this.#rank, this.#name, this.#marks, this.#told, this.#score];
        this.element = element("li", {}, ...parts);
    }

    /* `step`: the gain that has just been this row's, or null. */
    paint(plan, position, step, still) {
        const { classList, style } = this.element;
        const isTurn = position >= plan.cursor;
        classList.toggle("rising", step !== null);
        classList.toggle("current", position === plan.cursor);
        classList.toggle("stands", position > plan.cursor);
        style.setProperty("--position", position);
        setText(this.#rank, number(plan.rank(position)));
        setText(this.#name, plan.name(position));
        this.#count(plan.score(position), still);
        const turning = step && step.gain.solve >= 0 ? this.#final.challengeOf(step.gain.solve) : -1;
        this.#paintMarks(plan.marks(position), isTurn, turning);
    }

    /* What somebody has left to turn is seen once it is his turn. */
    #paintMarks(marks, isTurn, turning) {
        const isTold = isTurn || marks.some((mark) => mark.isNew);
        marks.forEach(({ solved, blood, pending }, challenge) => {
            const className = [
                solved && "solved",
                solved && ["", "first", "second", "third"][blood],
                pending && isTold && "pending",
                challenge === turning && "turning",
            ];
            this.#cells[challenge].className = className.filter(Boolean).join(" ");
        });
        const count = (which) => marks.filter(which).length;
        const pending = isTold ? count((mark) => mark.pending) : 0;
        const solved = text("solvedOf", { count: count((mark) => mark.solved), all: marks.length });
        const rest = pending > 0 ? text("revealPending", { count: pending }) : "";
        setText(this.#told, [solved, rest].filter(Boolean).join(", "));
    }

    #count(score, still) {
        cancelAnimationFrame(this.#counting);
        const [from, begin] = [this.#shown, performance.now()];
        const tick = (now) => {
            const part = still || Number.isNaN(from) ? 1 : Math.min(1, (now - begin) / counting);
            this.#shown = part < 1 ? Math.round(from + (score - from) * Math.max(0, part)) : score;
            setText(this.#score, number(this.#shown));
            this.#counting = part < 1 ? requestAnimationFrame(tick) : 0;
        };
        tick(score === from ? begin + counting : begin);
    }
}
