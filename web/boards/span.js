/*
 * span: when a competition began, until when its boards tell, and in which phase it is.
 *
 * Where nobody has said when it began, it began with its first solve; but one that stands alone,
 * more than a month before all else, is a clock that was wrong (1970), and does not count.
 */
export function startOf(ranking, end) {
    const { startsAt } = ranking.competition;
    return Math.min(end, Number.isFinite(startsAt) ? startsAt : crowdOf(ranking, end));
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

/* The beginning of the largest crowd: of times that are no month apart from one another. */
function crowdOf({ crowds }, end) {
    const begun = crowds.filter(({ start }) => start <= end);
    return begun.reduce((best, crowd) => (crowd.count > best.count ? crowd : best), {
        start: end,
        count: 0,
    }).start;
}
