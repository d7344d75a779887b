/*
 * heading: the ranking's two rows of column headers. Above, the categories, which open and close;
 * below, the challenges with today's points. Which cell is in which column is said in data-column.
 */
import { number, text } from "../text/text.js";
import { element, setText } from "./dom.js";

export class Heading {
    #thead;
    #toggle;
    #key = "";

    /* `toggle(category)` is called when the viewer opens or closes one. */
    constructor(thead, toggle) {
        this.#thead = thead;
        this.#toggle = toggle;
    }

    /* Made anew only for other columns: one may be pointing at it, or pressing a button of it. */
    show(ranking, layout, kind) {
        const titles = ranking.challenges.map(({ title }) => title);
        const key = JSON.stringify([kind, layout.key, titles]);
        if (key !== this.#key) {
            this.#key = key;
            this.#fill(ranking, layout, kind);
        }
        for (const points of this.#thead.querySelectorAll(".points")) {
            setText(points, number(ranking.challenges[points.dataset.challenge].points));
        }
    }

    #fill(ranking, layout, kind) {
        const upper = headerRow(1);
        const lower = headerRow(2);
        layout.columns.forEach((column, at) => {
            const isOpen = column.type === "challenge";
            if (isOpen) {
                lower.append(challengeCell(ranking, column, at));
            }
            if (column.type === "category" || column.opens) {
                upper.append(categoryCell(column.category, at, isOpen, this.#toggle));
            } else if (!isOpen) {
                upper.append(cell(at, column.type, text(nameOf(column.type, kind))));
            }
        });
        this.#thead.replaceChildren(...[upper, lower].filter((row) => row.cells.length > 0));
    }
}

function headerRow(index) {
    const row = element("tr", { ariaRowIndex: index });
    row.setAttribute("role", "row");
    return row;
}

function nameOf(type, kind) {
    return type !== "name" ? type : kind === "teams" ? "team" : "user";
}

function cell(at, type, content) {
    const made = element("th", { className: type, scope: "col" }, content);
    made.setAttribute("role", "columnheader");
    made.ariaColIndex = at + 1;
    made.dataset.column = at;
    if (at >= 3) {
        made.style.setProperty("--column", at - 2);
    }
    return made;
}

function challengeCell(ranking, { challenge, opens }, at) {
    const { title } = ranking.challenges[challenge];
    const points = element("span", { className: "points" });
    points.dataset.challenge = challenge;
    const open = element(
        "button",
        { type: "button", className: "open", tabIndex: -1 },
        element("bdi", { className: "title", textContent: title }),
    );
    open.dataset.challenge = ranking.challenges[challenge].id;
    const made = cell(at, "challenge", open);
    made.append(points);
    made.classList.toggle("edge", opens);
    return made;
}

/* `open`: above the columns of its challenges; else it is a column. */
function categoryCell(category, at, open, toggle) {
    const button = element(
        "button",
        {
            type: "button",
            tabIndex: -1,
            title: text(open ? "collapse" : "expand", { category: category.name }),
            ariaExpanded: open,
            onclick: () => toggle(category),
        },
        element("bdi", { textContent: category.name }),
    );
    const made = cell(at, open ? "group" : "category", button);
    made.classList.add("edge");
    made.colSpan = open ? category.members.length : 1;
    made.style.setProperty("--span", made.colSpan);
    return made;
}
