/*
 * progress-table: what the graph draws, as numbers: a row for each time at which somebody's points
 * grew, the newest first, a column for each line.
 */
import { number, text, time } from "../text/text.js";
import { element } from "./dom.js";

const longest = 500; // rows

export function fillProgressTable(box, { lines, times, sums }) {
    const head = element(
        "tr",
        {},
        element("th", { scope: "col", textContent: text("time") }),
        ...lines.map(({ name }) =>
            element("th", { scope: "col" }, element("bdi", { textContent: name })),
        ),
    );
    const moments = Array.from(times.keys()).slice(0, -1).reverse().slice(0, longest);
    const rows = moments.map((at) =>
        element(
            "tr",
            {},
            element("th", { scope: "row", textContent: time(times[at]) }),
            ...sums.map((sum) => valueCell(sum, at)),
        ),
    );
    box.replaceChildren(
        element(
            "table",
            { ariaLabel: text("progress") },
            element("thead", {}, head),
            element("tbody", {}, ...rows),
        ),
    );
}

function valueCell(sum, at) {
    const grew = at > 0 && sum[at] !== sum[at - 1];
    return element("td", { textContent: number(sum[at]), className: grew ? "grew" : "" });
}
