/*
 * row: one competitor's row. It is made once and painted anew for whomever it shows next; only what
 * differs is touched, since fifty rows of a hundred cells are painted while one scrolls.
 */
import { clockTime, isolated, number, text, time } from "../text/text.js";
import { element, setText } from "./dom.js";

let solveOf = new Int32Array(0); // of the row that is being painted

export class Row {
    #layout = null;
    #plot = element("button", { type: "button", className: "plot", tabIndex: -1 });
    #moved = element("span", { className: "moved" });
    #name = element("bdi");
    #open = element("button", { type: "button", className: "open", tabIndex: -1 }, this.#name);
    #tie = element("span", { className: "tie" });
    #pin = element("button", { type: "button", className: "pin", tabIndex: -1, textContent: "⚑" });
    #score = cell("td", "score");
    #matrix = []; // [{element, state}]

    constructor() {
        this.id = NaN; // whom it shows
        this.position = -1;
        this.height = 0;
        this.slide = null; // the animation of a change of rank
        this.glowing = 0; // the timer that ends a glow
        this.element = element(
            "tr",
            {},
            cell("td", "rank", this.#plot, this.#moved),
            cell("th", "name", this.#open, this.#tie, this.#pin),
            this.#score,
        );
        this.element.setAttribute("role", "row");
        this.element.row = this;
    }

    /* `look`: {layout, colours, me}, as the table has it. */
    paint(ranking, place, look) {
        const id = ranking.id(place);
        if (this.id !== id) {
            this.id = id;
            this.element.classList.remove("glow");
        }
        this.#useLayout(look.layout);
        this.element.classList.toggle("mine", id === look.me);
        this.element.classList.toggle("podium", isOnPodium(ranking, place));
        this.#paintRank(ranking, place, look.colours.get(id));
        this.#paintName(ranking, place, id === look.me);
        setText(this.#score, number(ranking.score(place)));
        this.#paintMatrix(ranking, place);
    }

    moveTo(position, height) {
        if (this.position !== position || this.height !== height) {
            this.position = position;
            this.height = height;
            this.element.ariaRowIndex = position + 3; // after two rows of headers
            this.element.style.transform = `translateY(${position * height}px)`;
        }
    }

    #paintRank(ranking, place, colour) {
        setText(this.#plot, number(ranking.rank(place)));
        const shown = colour !== undefined;
        this.#plot.ariaPressed = shown;
        this.#plot.title = text(shown ? "offGraph" : "onGraph");
        this.#plot.style.setProperty("--swatch", shown ? `var(--line-${colour})` : "transparent");
        this.#paintMoved(ranking.moved(place));
    }

    #paintMoved(moved) {
        const far = number(Math.abs(moved));
        setText(this.#moved, moved === 0 ? "" : (moved > 0 ? "▲" : "▼") + far);
        this.#moved.classList.toggle("up", moved > 0);
        this.#moved.title =
            moved === 0 ? "" : text(moved > 0 ? "climbed" : "fallen", { count: Math.abs(moved) });
    }

    #paintName(ranking, place, mine) {
        this.element.cells[1].style.setProperty("--share", share(ranking, place));
        setText(this.#name, ranking.name(place));
        setText(this.#tie, (this.#layout.shortTies ? shortTieOf : tieOf)(ranking, place));
        this.#pin.ariaPressed = mine;
        this.#pin.title = text(mine ? "unpin" : "pin");
        this.#pin.ariaLabel = this.#pin.title;
    }

    #paintMatrix(ranking, place) {
        if (solveOf.length !== ranking.challenges.length) {
            solveOf = new Int32Array(ranking.challenges.length);
        }
        ranking.fillSolves(place, solveOf);
        this.#layout.columns.slice(3).forEach((column, at) => {
            if (column.type === "challenge") {
                paintSolve(this.#matrix[at], ranking, solveOf[column.challenge]);
            } else {
                paintCount(this.#matrix[at], ranking, column);
            }
        });
    }

    #useLayout(layout) {
        if (this.#layout?.key === layout.key) {
            this.#layout = layout;
            return;
        }
        this.#layout = layout;
        this.#matrix.forEach((old) => old.element.remove());
        this.#matrix = layout.columns.slice(3).map(matrixCell);
        this.element.append(...this.#matrix.map((made) => made.element));
        Array.from(this.element.cells).forEach((made, at) => {
            made.ariaColIndex = at + 1;
            made.dataset.column = at;
        });
    }
}

function matrixCell({ type, opens, marks }) {
    const made = cell("td", type, ...(type === "category" ? [element("span")] : []));
    made.classList.toggle("edge", opens || type === "category");
    made.classList.toggle("marks", marks === true);
    return { element: made, state: "" };
}

function cell(tag, className, ...children) {
    const made = element(tag, { className }, ...children);
    made.setAttribute("role", tag === "th" ? "rowheader" : "gridcell");
    return made;
}

function isOnPodium(ranking, place) {
    return ranking.rank(place) <= 3 && ranking.score(place) > 0;
}

function share(ranking, place) {
    const best = ranking.score(0);
    return best > 0 ? Math.max(0, ranking.score(place) / best).toFixed(4) : 0;
}

/* "reached 500 at 12:03", where that decides; to the second where the minute does not. */
export function tieOf(ranking, place) {
    const tie = ranking.tie(place);
    if (tie?.rule !== "first_to_reach") {
        return tie ? text(ruleOf(ranking, tie)) : "";
    }
    const close = [place - 1, place + 1].some((other) =>
        sameMinute(ranking.tie(other)?.time, tie.time),
    );
    return text("reached", { score: ranking.score(place), time: time(tie.time, close) });
}

/* With what did not count for it, where there is room: [] or some lines. */
export function tieLines(ranking, place) {
    return [
        tieOf(ranking, place),
        ...ranking.tieAside(place).map((challenge) => breaksNoTies(ranking, challenge)),
    ].filter(Boolean);
}

export function breaksNoTies(ranking, challenge) {
    const { title } = ranking.challenges[challenge];
    return text("breaksNoTies", { challenge: isolated(title) });
}

/* Where there is no room for more; the tooltip has the rest. */
function shortTieOf(ranking, place) {
    const tie = ranking.tie(place);
    return tie?.rule === "first_to_reach"
        ? text("reachedShort", { time: clockTime(tie.time) })
        : tieOf(ranking, place);
}

function ruleOf(ranking, { rule }) {
    const byName = ranking.kind === "teams" ? "tieName" : "tieNumber";
    return {
        shared: "tieShared",
        platform: "tiePlatform",
        reference: byName,
        nothing: "tieNothing",
    }[rule];
}

function sameMinute(a, b) {
    return Math.floor(a / 60000) === Math.floor(b / 60000);
}

/* The mark's word is for those who do not see it. */
function paintSolve(target, ranking, solve) {
    const blood = solve < 0 ? 0 : ranking.bloodOf(solve);
    const solved = solve < 0 ? "" : ranking.timeOf(solve);
    const state = `${blood}${solved}`;
    if (target.state !== state) {
        target.state = state;
        target.element.classList.toggle("solved", solve >= 0);
        target.element.classList.toggle("first", blood === 1);
        target.element.classList.toggle("second", blood === 2);
        target.element.classList.toggle("third", blood === 3);
        target.element.ariaLabel = solve < 0 ? null : text(solvedKey(blood), { time: time(solved) });
    }
}

export function solvedKey(blood) {
    return ["solvedAt", "firstBloodAt", "secondBloodAt", "thirdBloodAt"][blood];
}

/* How many marks of each kind: first bloods, solves, and what is left; and the figures. */
function paintCount(target, ranking, { category }) {
    const solves = category.members
        .map((challenge) => solveOf[challenge])
        .filter((solve) => solve >= 0);
    const firsts = solves.filter((solve) => ranking.bloodOf(solve) === 1).length;
    const all = category.members.length;
    const state = `${firsts}/${solves.length}/${all}`;
    if (target.state !== state) {
        target.state = state;
        target.element.firstChild.textContent = `${number(solves.length)}/${number(all)}`;
        target.element.style.setProperty("--firsts", firsts);
        target.element.style.setProperty("--solves", solves.length - firsts);
        target.element.style.setProperty("--rest", all - solves.length);
    }
}
