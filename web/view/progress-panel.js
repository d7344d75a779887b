/*
 * progress-panel: the history of some competitors, as a graph with its legend or as a table, over
 * the last hour, the last six, or all; at today's values, or at those of each time. Or else what
 * has just happened (feed.js).
 */
import { setting } from "../settings.js";
import { text } from "../text/text.js";
import { byId, setText } from "./dom.js";
import { showFeed } from "./feed.js";
import { Graph } from "./graph.js";
import { Legend } from "./legend.js";
import { fillProgressTable } from "./progress-table.js";

const hour = 3600 * 1000;

export class ProgressPanel {
    #graph;
    #legend;

    constructor(announce) {
        this.#graph = new Graph(byId("graph"), announce);
        this.#legend = new Legend(byId("legend"), (id) => this.#graph.highlight(id));
    }

    /* `history`: null before it has come; `view` is the setting. */
    show(history, ranking, lines, view) {
        const shown = setting("graph");
        const isEmpty = !history || history.isEmpty;
        setText(byId("progress-empty"), text(history ? "noSolves" : "loading"));
        byId("progress-empty").hidden = !isEmpty;
        byId("progress-table").hidden = isEmpty || shown !== "table";
        byId("feed").hidden = isEmpty || (shown !== "feed" && view !== "screen");
        byId("graph").parentElement.hidden = isEmpty || shown === "table" || shown === "feed";
        document.querySelector("[data-setting=worth]").hidden = isEmpty || !history.worth.isKnown;
        if (isEmpty || shown === "hidden") {
            return;
        }
        showFeed(byId("feed"), ranking);
        const data = { lines, ...linesOf(history, ranking, lines) };
        if (shown === "table") {
            fillProgressTable(byId("progress-table"), data);
        } else {
            this.#legend.show(lines, ranking);
            this.#graph.show(data);
        }
    }

    redraw() {
        this.#graph.redraw();
    }
}

function linesOf(history, ranking, lines) {
    const span = setting("window");
    const from = span === "all" ? -Infinity : history.span.end - Number(span) * hour;
    const then = setting("worth") === "then" && history.worth.isKnown;
    return history.lines(lines.map(({ id }) => ranking.placeOf(id)), from, then);
}
