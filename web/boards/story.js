/*
 * story: why a competitor has the points and the rank, and what became of a challenge, in the order
 * in which it happened.
 */

/*
 * Of the competitor at `place`: {gains, ranks, falls}:
 *   gains   as History has them, with {placeTaken, solvers, blood} for solves, and the sum so far
 *   ranks   [{time, rank}]
 *   falls   [{challenge, from, to}]: what solved ones are worth now and were worth before, where
 *           that differs; `before(challenge)`: what a challenge was worth then, NaN: not known
 */
export function storyOf(ranking, history, place, before, since) {
    let sum = 0;
    const gains = history.gains(place).map((gain) => {
        sum += gain.points;
        return { ...gain, sum };
    });
    const falls = gains
        .filter(({ solve, time }) => solve >= 0 && time < since)
        .map(({ solve, points }) => {
            const challenge = ranking.challengeOf(solve);
            return { challenge, from: before(challenge), to: points };
        })
        .filter(({ from, to }) => Number.isFinite(from) && from !== to);
    return { gains, falls, ranks: history.ranks(place) };
}
