/*
 * lines: whom the graph shows, and in which colour. The ten best of now, or the rows that the
 * viewer has picked. Whoever stays keeps his colour when ranks change.
 */
const most = 10;

export class Lines {
    #picked = new Map(); // kind -> ids
    #colours = new Map(); // id -> 0..9

    /* [{id, name, colour}], the best first. */
    of(ranking, kind) {
        const picked = (this.#picked.get(kind) ?? []).filter((id) => ranking.placeOf(id) >= 0);
        const places =
            picked.length > 0
                ? picked.map((id) => ranking.placeOf(id)).sort((a, b) => a - b)
                : Array.from({ length: Math.min(most, ranking.size) }, (_, place) => place);
        this.#assignColours(places.map((place) => ranking.id(place)));
        return places.map((place) => ({
            id: ranking.id(place),
            name: ranking.name(place),
            colour: this.#colours.get(ranking.id(place)),
        }));
    }

    get colours() {
        return this.#colours;
    }

    isPicked(kind) {
        return (this.#picked.get(kind) ?? []).length > 0;
    }

    /* Adds someone to the lines, or takes him out. Of eleven, the one picked first goes. */
    toggle(ranking, kind, id) {
        const shown = this.of(ranking, kind).map((line) => line.id);
        const rest = shown.filter((other) => other !== id);
        const isOn = rest.length < shown.length;
        const picks = isOn ? rest : [...(this.isPicked(kind) ? shown : []), id];
        this.#picked.set(kind, picks.slice(-most));
    }

    reset(kind) {
        this.#picked.delete(kind);
    }

    #assignColours(ids) {
        const kept = new Map(
            ids.filter((id) => this.#colours.has(id)).map((id) => [id, this.#colours.get(id)]),
        );
        const taken = new Set(kept.values());
        const all = Array.from({ length: most }, (_, colour) => colour);
        const free = all.filter((colour) => !taken.has(colour));
        this.#colours = new Map(ids.map((id) => [id, kept.get(id) ?? free.shift()]));
    }
}
