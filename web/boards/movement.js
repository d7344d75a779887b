/*
 * movement: who has climbed and who has fallen since a moment, with today's values: each
 * competitor's place among the scores of then, less the place of now. Equal scores of then are in
 * the order of who reached them first, as on the board.
 */
export function movedSince(columns, since) {
    const { ids, scores } = columns;
    const before = Float64Array.from(scores);
    const reached = new Float64Array(ids.length).fill(Infinity);
    const hasGained = undo(columns, since, before, reached);
    const moved = new Int32Array(ids.length);
    if (hasGained) {
        const order = Uint32Array.from(ids.keys()).sort(
            (a, b) => before[b] - before[a] || (reached[a] === reached[b] ? a - b : reached[a] - reached[b]),
        );
        order.forEach((competitor, place) => {
            moved[competitor] = before[competitor] > 0 ? place - competitor : 0;
        });
    }
    return moved;
}

/* Whether there was anything to undo. */
function undo(columns, since, before, reached) {
    const { solveStart, solveTime, solvePoints, awardStart, awardTime, awardPoints } = columns;
    let hasGained = false;
    const take = (competitor, time, points) => {
        if (time > since) {
            before[competitor] -= points;
            hasGained = true;
        } else if (points > 0) {
            reached[competitor] = Number.isFinite(reached[competitor])
                ? Math.max(reached[competitor], time)
                : time;
        }
    };
    for (let competitor = 0; competitor < before.length; competitor++) {
        for (let at = solveStart[competitor]; at < solveStart[competitor + 1]; at++) {
            take(competitor, solveTime[at], solvePoints[at]);
        }
        for (let at = awardStart[competitor]; at < awardStart[competitor + 1]; at++) {
            take(competitor, awardTime[at], awardPoints[at]);
        }
    }
    return hasGained;
}
