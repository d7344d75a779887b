/*
 * span: when a competition began, until when its boards tell, and in which phase it is.
 *
 * Where nobody has said when it began, it began with its first solve; but one that stands alone,
 * more than a month before all else, is a clock that was wrong (1970), and does not count.
 */
const month = 30 * 24 * 3600 * 1000;

export function startOf(ranking, end) {
    const { startsAt } = ranking.competition;
    return Math.min(end, Number.isFinite(startsAt) ? startsAt : crowdOf(timesOf(ranking), end));
}

/* Now, or the freeze or the end that has passed. */
export function endOf({ freezesAt, endsAt, frozen }, now) {
    return Math.min(...[now, endsAt, frozen ? freezesAt : NaN].filter(Number.isFinite));
}

/* before, running, frozen, over; and what is counted down to, NaN where there is nothing. */
export function phaseOf({ startsAt, endsAt, frozen }, now) {
    if (now < startsAt) {
        return { phase: "before", next: startsAt };
    }
    return now >= endsAt
        ? { phase: "over", next: NaN }
        : { phase: frozen ? "frozen" : "running", next: endsAt };
}

function timesOf(ranking) {
    const solves = Array.from(ranking.solveOrder, (solve) => ranking.timeOf(solve));
    const [, last] = ranking.awards(ranking.size - 1);
    const awards = Array.from({ length: last ?? 0 }, (_, award) => ranking.awardTime(award));
    return awards.length === 0 ? solves : [...solves, ...awards].sort((a, b) => a - b);
}

/* The beginning of the largest crowd: of times that are no month apart from one another. */
function crowdOf(times, end) {
    let best = { start: end, count: 0 };
    let crowd = best;
    times.forEach((time, at) => {
        const isNew = at === 0 || time - times[at - 1] > month;
        crowd = isNew ? { start: time, count: 1 } : { start: crowd.start, count: crowd.count + 1 };
        best = crowd.count > best.count && crowd.start <= end ? crowd : best;
    });
    return best.start;
}
