/*
 * ranks: someone's rank over time. Ranks are shared, since what broke a tie then is not told.
 */

/*
 * [{time, rank}], from `start` on, of the competitor at place `who`. `worth` (worth.js): solves are
 * worth what their challenges were at each time; null: what they are worth today.
 */
export function ranksOf(ranking, who, start, worth) {
    const standing = new Standing(ranking.size, who);
    const values = ranking.challenges.map(({ id, points }) => worth?.steps(id)[0]?.points ?? points);
    const holders = values.map(() => []); // who have solved it, and lose what it loses
    const ranks = [{ time: start, rank: 1 }];
    const note = (time) => {
        if (standing.rank !== ranks.at(-1).rank) {
            ranks.push({ time, rank: standing.rank });
        }
    };
    const take = ({ time, gainer, challenge, points }) => {
        if (gainer === undefined) {
            holders[challenge].forEach((holder) => standing.give(holder, points - values[challenge]));
            values[challenge] = points;
        } else {
            standing.give(gainer, points);
        }
        note(time);
    };
    const others = othersOf(ranking, worth);
    let next = 0;
    // Of a large board there are hundreds of thousands, in their order already.
    for (const solve of ranking.solveOrder) {
        const time = ranking.timeOf(solve);
        for (; next < others.length && others[next].time <= time; next++) {
            take(others[next]);
        }
        const challenge = ranking.challengeOf(solve);
        const isOwn = ranking.isOwnWorth(solve);
        standing.give(ranking.whoOf(solve), isOwn ? ranking.pointsOf(solve) : values[challenge]);
        if (worth && !isOwn) {
            holders[challenge].push(ranking.whoOf(solve));
        }
        note(time);
    }
    others.slice(next).forEach(take);
    return ranks;
}

/*
 * What moved somebody but solves, the earliest first: {time, challenge, points}: it is worth that from
 * then on; {time, gainer, points}: an award.
 */
function othersOf(ranking, worth) {
    const others = ranking.challenges.flatMap(({ id }, challenge) => {
        const changes = worth?.steps(id).slice(1) ?? [];
        return changes.map(({ time, points }) => ({ time, challenge, points }));
    });
    for (let gainer = 0; gainer < ranking.size; gainer++) {
        const [from, to] = ranking.awards(gainer);
        for (let award = from; award < to; award++) {
            others.push({ time: ranking.awardTime(award), gainer, points: ranking.awardPoints(award) });
        }
    }
    return others.sort((a, b) => a.time - b.time);
}

/* The scores of all, and the rank of one. */
class Standing {
    #scores;
    #who;

    constructor(size, who) {
        this.#scores = new Float64Array(size);
        this.#who = who;
        this.rank = 1;
    }

    give(gainer, points) {
        const before = this.#scores[gainer];
        this.#scores[gainer] += points;
        const own = this.#scores[this.#who];
        if (gainer === this.#who) {
            this.rank = 1 + this.#scores.reduce((count, score) => count + (score > own ? 1 : 0), 0);
        } else {
            this.rank += (this.#scores[gainer] > own ? 1 : 0) - (before > own ? 1 : 0);
        }
    }
}
