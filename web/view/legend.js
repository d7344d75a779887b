/*
 * legend: the names of the graph's lines. Pointing at one, or reaching it with the keyboard, makes
 * its line stand out; pressing it keeps it so.
 */
import { number } from "../text/text.js";
import { element } from "./dom.js";

export class Legend {
    #list;
    #highlight;
    #kept = null;
    #key = "";

    /* `highlight(id)`, or null for none. */
    constructor(list, highlight) {
        this.#list = list;
        this.#highlight = highlight;
        list.addEventListener("pointerover", ({ target }) => this.#mark(idAt(target)));
        list.addEventListener("focusin", ({ target }) => this.#mark(idAt(target)));
        list.addEventListener("pointerleave", () => this.#mark(this.#kept));
        list.addEventListener("focusout", () => this.#mark(this.#kept));
        list.addEventListener("click", ({ target }) => this.#keep(idAt(target)));
    }

    /* The list is filled anew only when it says something else; who is at it stays at it. */
    show(lines, ranking) {
        const scoreOf = (id) => ranking.score(ranking.placeOf(id));
        const rows = lines.map((line) => ({ ...line, score: scoreOf(line.id) }));
        const key = JSON.stringify(rows);
        if (key === this.#key) {
            return;
        }
        this.#key = key;
        const focused = this.#list.contains(document.activeElement) && idAt(document.activeElement);
        const buttons = rows.map((row) => this.#button(row));
        this.#list.replaceChildren(...buttons.map((button) => element("li", {}, button)));
        buttons.find((button) => idAt(button) === focused)?.focus();
    }

    #button({ id, name, colour, score }) {
        const swatch = element("span", { className: "swatch" });
        swatch.style.setProperty("--swatch", `var(--line-${colour})`);
        const button = element(
            "button",
            { type: "button", ariaPressed: id === this.#kept },
            swatch,
            element("bdi", { textContent: name }),
            element("span", { className: "score", textContent: number(score) }),
        );
        button.dataset.id = id;
        return button;
    }

    #mark(id) {
        this.#highlight(id ?? this.#kept);
    }

    #keep(id) {
        if (id !== null) {
            this.#kept = this.#kept === id ? null : id;
            for (const button of this.#list.querySelectorAll("button")) {
                button.ariaPressed = idAt(button) === this.#kept;
            }
            this.#highlight(this.#kept);
        }
    }
}

function idAt(target) {
    const button = target.closest("button");
    return button ? Number(button.dataset.id) : null;
}
