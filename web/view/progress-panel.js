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

    /* `history`: null before it has come; `then`: with past values; `view` is the setting. */
    show({ history, ranking, then }, lines, view) {
        const shown = setting("graph");
        const isEmpty = !history || history.isEmpty;
        setText(byId("progress-empty"), text(history ? "noSolves" : "loading"));
        byId("progress-empty").hidden = !isEmpty;
        byId("progress-table").hidden = isEmpty || shown !== "table";
        byId("feed").hidden = isEmpty || (shown !== "feed" && view !== "screen");
        byId("graph").parentElement.hidden = isEmpty || shown === "table" || shown === "feed";
        byId("progress-worth").hidden = isEmpty || !history.mayTellThen;
        if (isEmpty || shown === "hidden") {
            return;
        }
        showFeed(byId("feed"), ranking);
        const from = windowOf(history);
        const places = lines.map(({ id }) => ranking.placeOf(id));
        const data = { lines, ...history.lines(places, from, then) };
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

function windowOf({ span }) {
    const hours = setting("window");
    return hours === "all" ? -Infinity : span.end - Number(hours) * hour;
}
