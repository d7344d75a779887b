/*
 * grid-focus: the one cell of the ranking that the keyboard is at, and the tooltip of the cell that
 * keyboard, mouse or finger is at. The table itself keeps the focus and names the cell
 * (aria-activedescendant), for a row that scrolls away leaves the document.
 *
 * Arrows, Home, End, Page Up and Down move; Control goes to the ends; Enter presses the cell's
 * button. Row -1 are the challenges' headers, -2 the categories'.
 */
import { hideTooltip, isExplained, leaveTooltip, showTooltip } from "./tooltip.js";
import { explain } from "./explain.js";

export class GridFocus {
    #table;
    #grid; // the RankingTable: what is where
    #at = { row: 0, column: 1 };
    #cell = null; // the active one
    #explained = { cell: null, id: NaN }; // the one with the tooltip, and whose row it was

    constructor(table, grid) {
        this.#table = table;
        this.#grid = grid;
        table.addEventListener("keydown", (event) => this.#pressed(event));
        table.addEventListener("focus", () => this.#entered());
        table.addEventListener("blur", () => this.#leave());
        table.addEventListener("pointerover", ({ target }) =>
            this.#explain(target.closest("th, td")),
        );
        table.addEventListener("pointerout", () => this.#pointerLeft());
        table.addEventListener("click", ({ target }) => this.#touched(target.closest("th, td")));
    }

    /* After rows have moved, or columns: where we were, without scrolling there. */
    restore() {
        if (document.activeElement === this.#table) {
            this.#mark(this.#find(this.#at.row, this.#at.column));
        }
        const { cell, id } = this.#explained;
        if (!cell || !isExplained(cell)) {
            return;
        }
        if (cell.isConnected && Object.is(idOf(cell), id)) {
            this.#explain(cell);
        } else {
            this.#explainNothing();
        }
    }

    /* Only who comes by keyboard is taken to the cell; a finger or a mouse points elsewhere. */
    #entered() {
        if (this.#table.matches(":focus-visible")) {
            this.#goTo(this.#at.row, this.#at.column);
        } else {
            this.restore();
        }
    }

    #pressed(event) {
        const { row, column } = this.#at;
        const page = this.#grid.rowsInSight;
        const far = event.ctrlKey || event.metaKey;
        const moves = {
            ArrowUp: [row - 1, column],
            ArrowDown: [row + 1, column],
            ArrowLeft: [row, column - 1],
            ArrowRight: [row, column + 1],
            PageUp: [Math.max(0, row - page), column],
            PageDown: [Math.max(0, row) + page, column],
            Home: [far ? 0 : row, 0],
            End: [far ? Infinity : row, Infinity],
        };
        if (event.altKey || event.target !== this.#table) {
            return;
        }
        if (moves[event.key]) {
            event.preventDefault();
            this.#goTo(...moves[event.key]);
        } else if (event.key === "Enter" || event.key === " ") {
            event.preventDefault();
            this.#cell?.querySelector("button")?.click();
        }
    }

    #goTo(row, column) {
        const columns = this.#grid.layout.columns.length;
        this.#at = {
            row: Math.max(-2, Math.min(row, this.#grid.count - 1)),
            column: Math.max(0, Math.min(column, columns - 1)),
        };
        this.#grid.bringIntoSight(this.#at.row);
        const cell = this.#find(this.#at.row, this.#at.column);
        this.#mark(cell);
        cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.#explain(cell);
    }

    #find(row, column) {
        if (row >= 0 && row < this.#grid.count) {
            return this.#grid.rowAt(row)?.cells[column] ?? null;
        }
        const [upper, lower] = this.#table.tHead.rows;
        const below = lower?.querySelector(`[data-column="${column}"]`);
        const above = Array.from(upper?.cells ?? [])
            .filter((cell) => Number(cell.dataset.column) <= column)
            .at(-1);
        return row === -1 && below ? below : (above ?? null);
    }

    #mark(cell) {
        if (cell === this.#cell) {
            return; // naming it again would make a screen reader say it again
        }
        this.#cell?.classList.remove("active");
        this.#cell?.removeAttribute("id");
        this.#cell = cell;
        if (cell) {
            cell.id = "active-cell";
            cell.classList.add("active");
            this.#table.setAttribute("aria-activedescendant", cell.id);
        } else {
            this.#table.removeAttribute("aria-activedescendant");
        }
    }

    #pointerLeft() {
        this.#explained = { cell: null, id: NaN };
        leaveTooltip();
    }

    #leave() {
        this.#mark(null);
        this.#explainNothing();
    }

    /* We are there before the focus comes: it must not scroll away the row that is pressed. */
    #touched(cell) {
        const row = cell?.closest(".rows tr")?.row?.position;
        if (row !== undefined) {
            this.#at = { row, column: Number(cell.dataset.column) };
            this.#table.focus({ preventScroll: true });
            this.#goTo(this.#at.row, this.#at.column);
        }
    }

    #explain(cell) {
        if (cell) {
            const place = this.#grid.ranking.placeOf(idOf(cell));
            const column = this.#grid.layout.columns[Number(cell.dataset.column)];
            this.#explained = { cell, id: idOf(cell) };
            const lines = explain(this.#grid.ranking, place, column);
            showTooltip(cell, saysItAll(cell, lines) ? [] : lines);
        }
    }

    #explainNothing() {
        this.#explained = { cell: null, id: NaN };
        hideTooltip();
    }
}

/* Whose row a cell is in; NaN: a header's. */
function idOf(cell) {
    return cell.closest("tr").row?.id ?? NaN;
}

/* A category's header, and a name that has its room. */
function saysItAll(cell, lines) {
    const { scrollWidth, clientWidth } = cell.querySelector("bdi") ?? cell;
    return (
        cell.matches(".group") ||
        (cell.matches(".name") && lines.length === 1 && scrollWidth <= clientWidth)
    );
}
