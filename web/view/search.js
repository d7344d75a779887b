/*
 * search: the places of those whose name holds what was typed, whatever the case and the accents.
 * Names are made comparable once for each ranking.
 */
import { searchable } from "../boards/names.js";

export class Search {
    #ranking = null;
    #names = [];

    /* null: nothing was typed. */
    find(ranking, typed) {
        const wanted = searchable(typed.trim());
        if (wanted === "") {
            return null;
        }
        if (this.#ranking !== ranking) {
            this.#ranking = ranking;
            this.#names = ranking.names.map(searchable);
        }
        return Array.from(this.#names.keys()).filter((place) =>
            this.#names[place].includes(wanted),
        );
    }
}
