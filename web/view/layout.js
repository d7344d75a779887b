/*
 * layout: which columns the ranking has, and how wide they are. A challenge has a column of its
 * own, or a category is one column with a small mark for each. Where all challenges fit, all are
 * shown; where they do not, categories are; whichever the viewer opens or closes stays so. A big
 * screen, which nobody can scroll, has categories if they fit, else none.
 *
 * A narrow row has two lines: rank, name and score above, the matrix below.
 */
const wide = { rank: 64, name: 200, score: 88, challenge: 30, category: 44, mark: 11, most: 8 };
const narrow = { rank: 44, name: 0, score: 0, challenge: 28, category: 36, mark: 9, most: 5 };
// In hundredths of the window's height.
const screen = { rank: 11, name: 28, score: 15, challenge: 0, category: 7, mark: 1.5, most: 6 };
const narrowest = 620; // pixels that a one-line row needs
const roomForTies = 420; // pixels for a name and why it stands where it does

export class Layout {
    #ranking;
    #chosen; // category name -> true: open, false: closed
    #open;

    /* `view` is the setting. */
    constructor(ranking, width, chosen, view) {
        this.#ranking = ranking;
        this.#chosen = chosen;
        this.narrow = view !== "screen" && width < narrowest;
        const sizes = this.narrow ? narrow : view === "screen" ? ofHeight(screen) : wide;
        this.sizes = { ...sizes, rank: sizes.rank * (ranking.size < 1000 ? 1 : 1.25) };
        this.#open =
            view === "page" && this.#fits(width, ranking.categories.flatMap(challengeColumns));
        this.columns = [
            { type: "rank" },
            { type: "name" },
            { type: "score" },
            ...this.#matrix(width, view),
        ];
        this.nameWidth = Math.max(this.sizes.name, width - this.#widthOf(this.columns));
        this.shortTies = this.narrow || this.nameWidth < roomForTies;
        this.width = Math.max(width, this.#widthOf(this.columns) + this.sizes.name);
        this.template = this.#template();
        this.key = this.template + JSON.stringify(this.columns); // equal ones look the same
    }

    isOpen(category) {
        return this.#chosen.get(category.name) ?? this.#open;
    }

    /* For the `grid-template-columns` of each row. */
    #template() {
        const { rank, score } = this.sizes;
        const matrix = this.columns.slice(3).map((column) => this.#sizeOf(column));
        return this.narrow
            ? [`${rank}px`, ...matrix.map((size) => `minmax(${size}px, 1fr)`), "0fr"].join(" ")
            : [rank, this.nameWidth, score, ...matrix].map((size) => `${size}px`).join(" ");
    }

    #matrix(width, view) {
        const columns = this.#ranking.categories.flatMap((category) =>
            this.isOpen(category) ? challengeColumns(category) : [this.#categoryColumn(category)],
        );
        return view === "screen" && !this.#fits(width, columns) ? [] : columns;
    }

    /* Too many marks for one cell become a number. */
    #categoryColumn(category) {
        return { type: "category", category, marks: category.members.length <= this.sizes.most };
    }

    #fits(width, columns) {
        const { rank, name, score } = this.sizes;
        return rank + name + score + this.#widthOf(columns) <= width;
    }

    #widthOf(columns) {
        return columns.reduce((sum, column) => sum + this.#sizeOf(column), 0);
    }

    /* The name takes what the others leave. */
    #sizeOf({ type, category, marks }) {
        const { mark } = this.sizes;
        const room = marks ? (category.members.length + 1) * mark : 0;
        return type === "name" ? 0 : Math.max(this.sizes[type], room);
    }
}

/* `opens`: the first of its category. */
function challengeColumns(category) {
    return category.members.map((challenge, at) => ({
        type: "challenge",
        category,
        challenge,
        opens: at === 0,
    }));
}

function ofHeight(sizes) {
    const scaled = { ...sizes };
    for (const name of ["rank", "name", "score", "category", "mark"]) {
        scaled[name] *= innerHeight / 100;
    }
    return scaled;
}
