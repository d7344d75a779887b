/*
 * ranking: a leaderboard's columns, with what a page asks of them.
 */
export class Ranking {
    #columns;
    #names; // id -> name
    #index;

    /* `kind`: teams or users. */
    constructor(columns, names = new Map(), kind = "teams") {
        this.kind = kind;
        this.#columns = columns;
        this.#names = names;
        this.#index = new Map(Array.from(columns.ids, (id, place) => [id, place]));
        this.categories = categoriesOf(columns.challenges);
    }

    static empty = new Ranking({
        competition: { name: "", startsAt: NaN, freezesAt: NaN, endsAt: NaN, frozen: false },
        divisions: [],
        challenges: [],
        ids: [],
        scores: [],
        team: [],
        solveStart: [0],
        solveTime: [],
        solveOrder: [],
        awardStart: [0],
        firstBloods: [],
        solvers: [],
        values: [],
        moved: [],
        bloods: [],
        crowds: [],
    });

    get size() {
        return this.#columns.ids.length;
    }
    get competition() {
        return this.#columns.competition;
    }
    get divisions() {
        return this.#columns.divisions;
    }
    get challenges() {
        return this.#columns.challenges;
    }
    /* Of all, by place. */
    get names() {
        return Array.from(this.#columns.ids, (_, place) => this.name(place));
    }

    /* --- Competitors, by place ---------------------------------------------------------------- */

    /* A competitor's place, from 0; -1: not there. */
    placeOf(id) {
        return this.#index.get(id) ?? -1;
    }
    id(place) {
        return this.#columns.ids[place];
    }
    name(place) {
        return this.#names.get(this.id(place)) || `#${this.id(place)}`;
    }
    score(place) {
        return this.#columns.scores[place];
    }
    rank(place) {
        return this.#columns.ranks[place];
    }

    /* A user's team; NaN: competes alone. */
    team(place) {
        return this.#columns.team[place];
    }

    /* How many places were gained in the last hour. */
    moved(place) {
        return this.#columns.moved[place];
    }

    /*
     * Why someone with others' score stands where he does: {rule, time}, or null. Rules are the
     * board's (first_to_reach, with the time; reference, shared, platform), or nothing: who has not
     * gained anything that breaks ties is the last of those who reached the score.
     */
    tie(place) {
        const rule = this.competition.tie;
        if (!this.#columns.tied[place] || this.score(place) <= 0) {
            return null;
        }
        const time = this.#columns.reached[place];
        if (rule !== "first_to_reach") {
            return { rule, time };
        }
        return Number.isNaN(time) ? null : { rule: time === Infinity ? "nothing" : rule, time };
    }

    /* The challenges that were solved after the score was reached, as far as ties are concerned. */
    tieAside(place) {
        const tie = this.tie(place);
        const isAside = (solve) =>
            !this.challenges[this.challengeOf(solve)].breaksTies &&
            this.pointsOf(solve) > 0 &&
            (tie.rule === "nothing" || this.timeOf(solve) > tie.time);
        const [from, to] = this.solves(place);
        return tie?.rule === "first_to_reach" || tie?.rule === "nothing"
            ? Array.from({ length: to - from }, (_, at) => from + at)
                  .filter(isAside)
                  .map((solve) => this.challengeOf(solve))
            : [];
    }

    /* Competitor at `place` has these solves, and these awards: [from, to). */
    solves(place) {
        return [this.#columns.solveStart[place], this.#columns.solveStart[place + 1]];
    }
    solveCount(place) {
        const [from, to] = this.solves(place);
        return to - from;
    }
    awards(place) {
        return [this.#columns.awardStart[place], this.#columns.awardStart[place + 1]];
    }
    awardTime(award) {
        return this.#columns.awardTime[award];
    }
    awardPoints(award) {
        return this.#columns.awardPoints[award];
    }

    /* --- Solves, by index --------------------------------------------------------------------- */

    get crowds() {
        return this.#columns.crowds;
    }
    get solveTotal() {
        return this.#columns.solveTime.length;
    }
    whoOf(solve) {
        return this.#columns.solveWho[solve];
    }
    challengeOf(solve) {
        return this.#columns.solveChallenge[solve];
    }
    timeOf(solve) {
        return this.#columns.solveTime[solve];
    }
    pointsOf(solve) {
        return this.#columns.solvePoints[solve];
    }
    /* It is worth something else than its challenge. */
    isOwnWorth(solve) {
        return this.pointsOf(solve) !== this.challenges[this.challengeOf(solve)].points;
    }
    /* 1, 2, 3: the blood; more: none. A division's board has its own second, but not its own first. */
    bloodOf(solve) {
        const challenge = this.challengeOf(solve);
        const first = this.firstBlood(challenge);
        const place = this.placeTaken(solve);
        return place > 3 || (place === 1) !== (first === this.whoOf(solve)) ? 0 : place;
    }
    /* As how many-eth this challenge was solved. */
    placeTaken(solve) {
        return this.#columns.solvePlace[solve];
    }
    /* All solves, the earliest first. */
    get solveOrder() {
        return this.#columns.solveOrder;
    }

    /* For each challenge the solve of the competitor at `place`, or -1; into a reusable array. */
    fillSolves(place, solveOf) {
        solveOf.fill(-1);
        const [from, to] = this.solves(place);
        for (let solve = from; solve < to; solve++) {
            solveOf[this.challengeOf(solve)] = solve;
        }
    }

    /* --- Challenges, by index ----------------------------------------------------------------- */

    /* The place of whoever solved a challenge first; -1: nobody has. */
    firstBlood(challenge) {
        return this.#columns.firstBloods[challenge];
    }
    /* The first three to solve it, as far as there are any. */
    bloods(challenge) {
        return this.#columns.bloods.slice(3 * challenge, 3 * challenge + 3).filter((at) => at >= 0);
    }
    solvers(challenge) {
        return this.#columns.solvers[challenge];
    }
    /* What each was worth at each time, as worth.js says. */
    get values() {
        return this.#columns.values;
    }
    /* Some were worth something else once. */
    get hasPast() {
        return this.challenges.some(({ dynamic }) => dynamic);
    }
    solvesOf(challenge) {
        return Array.from(this.solveOrder).filter((solve) => this.challengeOf(solve) === challenge);
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
