/*
 * ranking: a leaderboard's columns, with what a page asks of them. The server has ordered them;
 * here is said which rank a place is called and why one of two equal scores stands above the other.
 *
 * Equal scores are ordered by who reached the score first: at the latest of the solves that are
 * worth points today. Points that come from elsewhere (awards) have times that a board does not
 * tell, and an organiser may choose another rule; then no reason is given. Who reached the same
 * score at the same time, or has nothing yet, shares a rank.
 */
export class Ranking {
    #columns;
    #index;
    #ranks;
    #reached; // for each place the time of a tie that is explained; NaN: none

    constructor(columns) {
        this.#columns = columns;
        this.#index = new Map(Array.from(columns.ids, (id, place) => [id, place]));
        this.#ranks = new Uint32Array(this.size);
        this.#reached = new Float64Array(this.size).fill(NaN);
        this.#rankAll();
        this.categories = categoriesOf(columns.challenges);
    }

    static empty = new Ranking({
        challenges: [],
        ids: [],
        names: [],
        scores: [],
        solveStart: [0],
        solveChallenge: [],
        solveTime: [],
        solveFirst: [],
        firstBloods: [],
        solvers: [],
    });

    get size() {
        return this.#columns.ids.length;
    }
    get challenges() {
        return this.#columns.challenges;
    }
    get names() {
        return this.#columns.names;
    }

    /* A competitor's place, from 0; -1: not there. */
    placeOf(id) {
        return this.#index.get(id) ?? -1;
    }
    id(place) {
        return this.#columns.ids[place];
    }
    name(place) {
        return this.#columns.names[place] || `#${this.id(place)}`;
    }
    score(place) {
        return this.#columns.scores[place];
    }
    rank(place) {
        return this.#ranks[place];
    }

    /* When a tied score was reached, milliseconds; NaN where there is nothing to explain. */
    reached(place) {
        return this.#reached[place];
    }

    /* Competitor at `place` has these solves, as indices for challengeOf, timeOf, isFirst. */
    solves(place) {
        return [this.#columns.solveStart[place], this.#columns.solveStart[place + 1]];
    }
    solveCount(place) {
        const [from, to] = this.solves(place);
        return to - from;
    }
    get solveTotal() {
        return this.#columns.solveTime.length;
    }
    challengeOf(solve) {
        return this.#columns.solveChallenge[solve];
    }
    timeOf(solve) {
        return this.#columns.solveTime[solve];
    }
    isFirst(solve) {
        return this.#columns.solveFirst[solve] === 1;
    }

    /* The place of whoever solved a challenge first; -1: nobody has. */
    firstBlood(challenge) {
        return this.#columns.firstBloods[challenge];
    }

    solvers(challenge) {
        return this.#columns.solvers[challenge];
    }

    /* For each challenge the solve of the competitor at `place`, or -1; into a reusable array. */
    fillSolves(place, solveOf) {
        solveOf.fill(-1);
        const [from, to] = this.solves(place);
        for (let solve = from; solve < to; solve++) {
            solveOf[this.challengeOf(solve)] = solve;
        }
    }

    #rankAll() {
        for (let from = 0, to; from < this.size; from = to) {
            to = from + 1;
            while (to < this.size && this.score(to) === this.score(from)) {
                to += 1;
            }
            this.#rankTied(from, to);
        }
    }

    #rankTied(from, to) {
        const times = [];
        for (let place = from; place < to; place++) {
            times.push(this.#timeReached(place));
        }
        const explained = times.every((time, at) => at === 0 || times[at - 1] <= time);
        for (let place = from; place < to; place++) {
            const shared =
                explained && place > from && times[place - from - 1] === times[place - from];
            this.#ranks[place] = shared ? this.#ranks[place - 1] : place + 1;
            if (explained && to - from > 1 && Number.isFinite(times[place - from])) {
                this.#reached[place] = times[place - from];
            }
        }
    }

    /* Infinity: without a solve that is worth points. NaN: not by solves alone. */
    #timeReached(place) {
        const [from, to] = this.solves(place);
        let latest = -Infinity;
        let sum = 0;
        for (let solve = from; solve < to; solve++) {
            const { points } = this.challenges[this.challengeOf(solve)];
            sum += points;
            if (points > 0) {
                latest = Math.max(latest, this.timeOf(solve));
            }
        }
        if (sum !== this.score(place)) {
            return NaN;
        }
        return latest === -Infinity ? Infinity : latest;
    }
}

/* In the order of their first challenges: [{name, members: [index into challenges]}]. */
function categoriesOf(challenges) {
    const members = new Map();
    challenges.forEach(({ category }, challenge) => {
        members.set(category, [...(members.get(category) ?? []), challenge]);
    });
    return Array.from(members, ([name, list]) => ({ name, members: list }));
}
