/*
 * story: why a competitor has the points and the rank, and what became of a challenge, in the order
 * in which it happened.
 */

/*
 * Of the competitor at `place`, with today's values or those of each time: {gains, ranks, falls}:
 *   gains   as History has them, with {placeTaken, solvers, blood} for solves, and the sum so far
 *   ranks   [{time, rank}]
 *   falls   [{challenge, from, to}]: what solved ones are worth now and were worth before, where
 *           that differs; `before(challenge)`: what a challenge was worth then, NaN: not known
 */
export function storyOf(ranking, history, place, before, since, then) {
    const today = history.gains(place);
    const falls = today
        .filter(({ solve, time }) => solve >= 0 && time < since)
        .map(({ solve, points }) => {
            const challenge = ranking.challengeOf(solve);
            return { challenge, from: before(challenge), to: points };
        })
        .filter(({ from, to }) => Number.isFinite(from) && from !== to);
    const gains = then ? gainsThen(ranking, history, place) : summed(today);
    return { gains, falls, ranks: history.ranks(place, then) };
}

function summed(gains) {
    let sum = 0;
    return gains.map((gain) => {
        sum += gain.points;
        return { ...gain, sum };
    });
}

/* What each brought then, and the score that there was then. */
function gainsThen(ranking, history, place) {
    const { times, sums } = history.lines([place], -Infinity, true);
    return history.gains(place).map((gain) => {
        const { id } = ranking.challenges[ranking.challengeOf(gain.solve)] ?? {};
        const isOwn = gain.solve < 0 || ranking.isOwnWorth(gain.solve);
        const points = isOwn ? gain.points : history.worth.at(id, gain.time);
        return { ...gain, points, sum: sums[0][times.findLastIndex((time) => time <= gain.time)] };
    });
}
