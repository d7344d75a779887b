/*
 * progress-panel: the timeline of some competitors, as a graph with its legend or as a table, over
 * the last hour, the last six, or all.
 */
import { interval } from "../boards/progress.js";
import { setting } from "../settings.js";
import { text } from "../text/text.js";
import { byId, setText } from "./dom.js";
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

    /* `progress`: null before it has come; `now`: by the server's clock. */
    show(progress, ranking, lines, now) {
        const empty = !progress || progress.end === 0;
        const asTable = setting("graph") === "table";
        setText(byId("progress-empty"), text(progress ? "noSolves" : "loading"));
        byId("progress-empty").hidden = !empty;
        byId("progress-table").hidden = empty || !asTable;
        byId("graph").parentElement.hidden = empty || asTable;
        if (empty) {
            return;
        }
        const end = endOf(progress, now);
        const span = setting("window");
        const from = span === "all" ? 0 : end - Number(span) * hour;
        const ids = lines.map(({ id }) => id);
        const data = { lines, ...progress.lines(ids, from, end) };
        if (asTable) {
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

/* While a competition goes on, its lines go on to now; later they end where it ended. */
function endOf(progress, now) {
    const { end } = progress;
    return now > end - interval && now < end + hour ? Math.max(now, end - interval) : end;
}
