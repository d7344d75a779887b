/*
 * plan: how a frozen board becomes the final one, as at the ICPC's ceremonies: from the last place
 * upwards, one thing at a time. Without a document: two rankings in (boards/ranking.js), steps out,
 * and a board that can be led forth and back through them.
 *
 *   {type: "settle"}              all that is no gain, at once and first: challenges are worth what
 *                                 they are at the end, what was taken away is gone, who has left is
 *                                 gone, who came later is there
 *   {type: "gain", gain, from, to}  whoever is at position `from` gains a solve or a bonus, and
 *                                 climbs to `to`
 *   {type: "stand", from, to}     the positions from `from` up to `to` are final; each of the first
 *                                 three is a step of its own
 *
 * Values and what orders equal scores change with every solve, so that no board between the two ever
 * was. Both are the final board's once it has settled: then nobody can fall any more, a gain lifts
 * its row alone, and whoever is last and has nothing left to gain stands where the final board has
 * him. A score is the final one less what is still to be gained, so the last step ends exactly there.
 */
const podium = 3;

export class Plan {
    #frozen;
    #final;
    #gains; // of each competitor: [{solve, points, time}], the earliest first; solve -1: an award
    #settled; // {order, scores} before the first gain
    #order; // who is where: a place on the final board, or -1 less one on the frozen (who has left)
    #scores; // by place on the final board
    #gained; // by place on the final board: how many of his gains each has
    #standing = 0; // how many of the last are final

    steps = [];
    at = 0; // how many have been taken

    constructor(frozen, final) {
        this.#frozen = frozen;
        this.#final = final;
        this.#gains = range(final.size).map((place) => gainsOf(frozen, final, place));
        this.#settled = this.#settle();
        this.#begin();
        this.#plan();
    }

    /* --- The board as it is now, by position ---------------------------------------------------- */

    get size() {
        return this.#order.length;
    }
    get hasSettled() {
        return this.at > 0 || this.steps[0]?.type !== "settle";
    }
    /* The position that the next step is about; -1: all stand. */
    get cursor() {
        return this.size - 1 - this.#standing;
    }
    id(position) {
        const who = this.#order[position];
        return who < 0 ? this.#frozen.id(-1 - who) : this.#final.id(who);
    }
    name(position) {
        const who = this.#order[position];
        return who < 0 ? this.#frozen.name(-1 - who) : this.#final.name(who);
    }
    score(position) {
        return this.hasSettled
            ? this.#scores[this.#order[position]]
            : this.#frozen.score(position);
    }

    /* Equal scores share a rank where they do at the end, or always by the rule. */
    rank(position) {
        if (!this.hasSettled) {
            return this.#frozen.rank(position);
        }
        let first = position;
        while (first > 0 && this.#share(first - 1, first)) {
            first -= 1;
        }
        return first + 1;
    }

    /* For each of the final board's challenges: {solved, blood, isNew, pending}. */
    marks(position) {
        const who = this.#order[position];
        const marks = this.#final.challenges.map(() => ({ solved: false, blood: 0, isNew: false, pending: false }));
        if (who < 0) {
            return marks;
        }
        for (const solve of range(...this.#final.solves(who))) {
            const blood = this.#final.bloodOf(solve);
            marks[this.#final.challengeOf(solve)] = { solved: true, blood, isNew: false, pending: false };
        }
        this.#gains[who].forEach(({ solve }, at) => {
            if (solve >= 0) {
                const mark = marks[this.#final.challengeOf(solve)];
                mark.pending = at >= this.#gained[who];
                mark.solved = mark.isNew = !mark.pending;
            }
        });
        return marks;
    }

    /* --- Forth and back -------------------------------------------------------------------------- */

    forward() {
        if (this.at < this.steps.length) {
            this.#take(this.steps[this.at]);
            this.at += 1;
        }
    }

    back() {
        if (this.at > 0) {
            this.at -= 1;
            this.#takeBack(this.steps[this.at]);
        }
    }

    goTo(at) {
        const goal = Math.max(0, Math.min(this.steps.length, at));
        while (this.at < goal) {
            this.forward();
        }
        while (this.at > goal) {
            this.back();
        }
    }

    #take(step) {
        if (step.type === "settle") {
            this.#use(this.#settled);
        } else if (step.type === "stand") {
            this.#standing += 1 + step.from - step.to;
        } else {
            const who = this.#order[step.from];
            this.#scores[who] += step.gain.points;
            this.#gained[who] += 1;
            this.#move(step.from, step.to);
        }
    }

    #takeBack(step) {
        if (step.type === "settle") {
            this.#order = this.#frozenOrder();
        } else if (step.type === "stand") {
            this.#standing -= 1 + step.from - step.to;
        } else {
            const who = this.#order[step.to];
            this.#scores[who] -= step.gain.points;
            this.#gained[who] -= 1;
            this.#move(step.to, step.from);
        }
    }

    #move(from, to) {
        const [who] = this.#order.splice(from, 1);
        this.#order.splice(to, 0, who);
    }

    #use({ order, scores }) {
        this.#order = Array.from(order);
        this.#scores = Float64Array.from(scores);
    }

    /* --- Making the plan ------------------------------------------------------------------------- */

    #settle() {
        const scores = Float64Array.from(this.#gains, (gains, place) =>
            gains.reduce((score, { points }) => score - points, this.#final.score(place)),
        );
        return { scores, order: range(scores.length).sort((a, b) => scores[b] - scores[a] || a - b) };
    }

    #frozenOrder() {
        return range(this.#frozen.size).map((place) => {
            const who = this.#final.placeOf(this.#frozen.id(place));
            return who < 0 ? -1 - place : who;
        });
    }

    #begin() {
        this.#use(this.#settled);
        this.#gained = new Uint32Array(this.#final.size);
        this.#standing = 0;
        this.at = 0;
    }

    #plan() {
        const order = this.#frozenOrder();
        const isSettled =
            order.length === this.size &&
            order.every(
                (who, position) =>
                    who === this.#order[position] &&
                    this.#scores[who] === this.#frozen.score(position),
            );
        if (!isSettled) {
            this.steps.push({ type: "settle" });
        }
        this.at = this.steps.length;
        while (this.cursor >= 0) {
            this.steps.push(this.#next());
            this.forward();
        }
        this.#begin();
        this.#order = order;
    }

    #next() {
        const from = this.cursor;
        if (this.#hasMore(from)) {
            const who = this.#order[from];
            const gain = this.#gains[who][this.#gained[who]];
            return { type: "gain", gain, from, to: this.#placeFor(who, from, gain.points) };
        }
        let to = from;
        while (to > podium && !this.#hasMore(to - 1)) {
            to -= 1;
        }
        return { type: "stand", from, to };
    }

    #hasMore(position) {
        const who = this.#order[position];
        return this.#gained[who] < this.#gains[who].length;
    }

    /* Where somebody will be who is at `from` and gains so much: above all who come after him then. */
    #placeFor(who, from, points) {
        const score = this.#scores[who] + points;
        let low = 0;
        let high = from;
        while (low < high) {
            const middle = (low + high) >> 1;
            const other = this.#order[middle];
            const isAbove = (this.#scores[other] - score || who - other) > 0;
            [low, high] = isAbove ? [middle + 1, high] : [low, middle];
        }
        return low;
    }

    #share(upper, lower) {
        const [a, b] = [this.#order[upper], this.#order[lower]];
        return (
            this.#scores[a] === this.#scores[b] &&
            (this.#final.competition.tie === "shared" || this.#final.rank(a) === this.#final.rank(b))
        );
    }
}

/* What the final board has of somebody that the frozen one has not, and that takes nothing away. */
function gainsOf(frozen, final, place) {
    const before = frozen.placeOf(final.id(place));
    const known = before < 0 ? new Set() : challengesOf(frozen, before);
    const solves = range(...final.solves(place))
        .filter((solve) => !known.has(final.challenges[final.challengeOf(solve)].id))
        .map((solve) => ({ solve, points: final.pointsOf(solve), time: final.timeOf(solve) }))
        .filter(({ points }) => points >= 0);
    return [...solves, ...bonusesOf(frozen, final, before, place)].sort((a, b) => a.time - b.time);
}

function challengesOf(ranking, place) {
    const solves = range(...ranking.solves(place));
    return new Set(solves.map((solve) => ranking.challenges[ranking.challengeOf(solve)].id));
}

function bonusesOf(frozen, final, before, place) {
    const known = new Set(before < 0 ? [] : awardsOf(frozen, before).map(({ key }) => key));
    return awardsOf(final, place).filter(({ key, points }) => points > 0 && !known.has(key));
}

function awardsOf(ranking, place) {
    return range(...ranking.awards(place)).map((award) => {
        const [points, time] = [ranking.awardPoints(award), ranking.awardTime(award)];
        return { solve: -1, points, time, key: `${points}@${time}` };
    });
}

/* [from, ..., to - 1], or [0, ..., from - 1]. */
function range(from, to) {
    const [first, end] = to === undefined ? [0, from] : [from, to];
    return Array.from({ length: end - first }, (_, at) => first + at);
}
