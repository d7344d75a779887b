/*
 * history: a ranking over time: what each competitor gained and when, to the moment and to the
 * point. The last of a line is the score. A time out of the competition (span.js) is drawn at the
 * end that it is nearer to, so that a clock that was wrong spoils no axis.
 *
 * With `then` a solve is worth what the challenge was worth at each time (worth.js), so that a line
 * falls when others solve it, too; else what it is worth today.
 */
import { ranksOf } from "./ranks.js";
import { endOf, startOf } from "./span.js";
import { Worth } from "./worth.js";

export class History {
    #ranking;

    /* `users`: of all users, which knows what some boards do not; null where nobody has it yet. */
    constructor(ranking, now, users) {
        this.#ranking = ranking;
        this.worth = new Worth(users ? [ranking, users] : [ranking]);
        this.mayTellThen = ranking.hasPast && (this.worth.isKnown || !users);
        const end = endOf(ranking.competition, now);
        this.span = { start: startOf(ranking, end), end };
    }

    /* Time passes, and nothing happens. */
    goOn(now) {
        this.span.end = endOf(this.#ranking.competition, now);
    }

    get isEmpty() {
        return this.#ranking.solveTotal === 0 && !this.#ranking.awards(this.#ranking.size - 1)[1];
    }

    /*
     * What a competitor got, the earliest first: [{time, points, solve}], solve -1: an award. Times
     * are as the board has them.
     */
    gains(place) {
        const ranking = this.#ranking;
        const solves = range(ranking.solves(place)).map((solve) => ({
            time: ranking.timeOf(solve),
            points: ranking.pointsOf(solve),
            solve,
        }));
        const awards = range(ranking.awards(place)).map((award) => ({
            time: ranking.awardTime(award),
            points: ranking.awardPoints(award),
            solve: -1,
        }));
        return [...solves, ...awards].sort((a, b) => a.time - b.time);
    }

    /*
     * The lines of the competitors at `places` since `from`: {times, sums}, where sums[k][i] is what
     * the k-th of them had at times[i]. Times rise, from `from` or the start to the end.
     */
    lines(places, from, then) {
        const start = Math.max(this.span.start, from);
        const { end } = this.span;
        const lines = places.map((place) => (then ? this.#thenGains(place) : this.gains(place)));
        const clamp = (time) => Math.min(Math.max(time, this.span.start), end);
        lines.flat().forEach((gain) => {
            gain.time = clamp(gain.time);
        });
        const inside = new Set(lines.flat().map(({ time }) => time));
        const times = [start, ...inside, end].filter((time) => time >= start);
        const rising = Array.from(new Set(times)).sort((a, b) => a - b);
        return { times: rising, sums: lines.map((gains) => sumsAt(gains, rising)) };
    }

    /* Someone's rank at each time at which it changed: [{time, rank}]. */
    ranks(who, then) {
        return ranksOf(this.#ranking, who, this.span.start, then ? this.worth : null);
    }

    /* As gains(), and whatever became of the worth of each afterwards. */
    #thenGains(place) {
        const gains = this.gains(place).flatMap((gain) =>
            gain.solve < 0 || this.#ranking.isOwnWorth(gain.solve) ? [gain] : this.#thenGain(gain),
        );
        return gains.sort((a, b) => a.time - b.time);
    }

    #thenGain({ time, solve }) {
        const ranking = this.#ranking;
        const steps = this.worth.steps(ranking.challenges[ranking.challengeOf(solve)].id);
        const first = steps.findLastIndex((step) => step.time <= time);
        return steps.slice(first).map((step, at) => ({
            time: Math.max(time, step.time),
            points: at === 0 ? step.points : step.points - steps[first + at - 1].points,
            solve,
        }));
    }
}

function range([from, to]) {
    return Array.from({ length: to - from || 0 }, (_, at) => from + at);
}

function sumsAt(gains, times) {
    let sum = 0;
    let next = 0;
    return times.map((time) => {
        for (; next < gains.length && gains[next].time <= time; next++) {
            sum += gains[next].points;
        }
        return sum;
    });
}
