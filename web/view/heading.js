/*
 * heading: the ranking's two rows of column headers. Above, the categories, which open and close;
 * below, the challenges with today's points. Which cell is in which column is said in data-column.
 */
import { number, text } from "../text/text.js";
import { element } from "./dom.js";

/* Fills `thead`; `toggle(category)` is called when the viewer opens or closes one. */
export function fillHeading(thead, ranking, columns, kind, toggle) {
    const upper = element("tr");
    const lower = element("tr");
    upper.ariaRowIndex = 1;
    lower.ariaRowIndex = 2;
    for (const row of [upper, lower]) {
        row.setAttribute("role", "row");
    }
    columns.list.forEach((column, at) => {
        if (column.type === "challenge") {
            lower.append(challengeCell(ranking.challenges[column.challenge], at, column.first));
        } else if (column.type === "category") {
            upper.append(categoryCell(column.category, at, 1, false, toggle));
        } else {
            upper.append(cell(at, column.type, text(nameOf(column.type, kind))));
        }
        if (column.type === "challenge" && column.first) {
            const category = ranking.categories.find(({ members }) => members[0] === column.challenge);
            upper.append(categoryCell(category, at, category.members.length, true, toggle));
        }
    });
    thead.replaceChildren(...[upper, lower].filter((row) => row.cells.length > 0));
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

function challengeCell({ title, points }, at, first) {
    const made = cell(at, "challenge", element("bdi", { className: "title", textContent: title }));
    made.append(element("span", { className: "points", textContent: number(points) }));
    made.classList.toggle("edge", first);
    return made;
}

function categoryCell(category, at, span, open, toggle) {
    const button = element("button", {
        type: "button",
        tabIndex: -1,
        title: text(open ? "collapse" : "expand", { category: category.name }),
        ariaExpanded: open,
        onclick: () => toggle(category),
    }, element("bdi", { textContent: category.name }));
    const made = cell(at, open ? "group" : "category", button);
    made.classList.add("edge");
    made.colSpan = span;
    made.style.setProperty("--span", span);
    return made;
}
