/*
 * ties: which rank each place of a board is called, and why one of two equal scores stands above the
 * other:
 *
 *   ranks     one for each place; who shares a score may share it
 *   tied      1: the place's score is another's, too
 *   reached   when the place's score was reached, where that explains its order; NaN: it does not
 *
 * Equal scores are ordered by who reached the score first: at the latest of the solves and awards
 * that added to it, those aside that do not break ties; or by the rule that the board names. Where
 * the times do not bear the order out, no reason is given. Who reached the same score at the same
 * time shares a rank.
 */
export function tiesOf(columns) {
    const { scores } = columns;
    const found = {
        ranks: new Uint32Array(scores.length),
        tied: new Uint8Array(scores.length),
        reached: new Float64Array(scores.length).fill(NaN),
    };
    for (let from = 0, to; from < scores.length; from = to) {
        to = from + 1;
        while (to < scores.length && scores[to] === scores[from]) {
            to += 1;
        }
        if (to - from > 1) {
            rankTied(columns, from, to, found);
        } else {
            found.ranks[from] = from + 1;
        }
    }
    return found;
}

function rankTied(columns, from, to, { ranks, tied, reached }) {
    const times = Array.from({ length: to - from }, (_, at) => timeReached(columns, from + at));
    const { tie } = columns.competition;
    const byTime = tie === "first_to_reach";
    const explained = byTime && times.every((time, at) => at === 0 || times[at - 1] <= time);
    for (let place = from; place < to; place++) {
        const at = place - from;
        const shares = at > 0 && (tie === "shared" || (explained && times[at - 1] === times[at]));
        ranks[place] = shares ? ranks[place - 1] : place + 1;
        tied[place] = 1;
        reached[place] = explained ? times[at] : NaN;
    }
}

/* Infinity: without anything that counts for it. NaN: not by what the board tells. */
function timeReached(columns, place) {
    const { solveStart, solveChallenge, solveTime, solvePoints, challenges } = columns;
    const { awardStart, awardTime, awardPoints } = columns;
    let latest = -Infinity;
    let sum = 0;
    for (let solve = solveStart[place]; solve < solveStart[place + 1]; solve++) {
        sum += solvePoints[solve];
        if (solvePoints[solve] > 0 && challenges[solveChallenge[solve]].breaksTies) {
            latest = Math.max(latest, solveTime[solve]);
        }
    }
    for (let award = awardStart[place]; award < awardStart[place + 1]; award++) {
        sum += awardPoints[award];
        latest = awardPoints[award] > 0 ? Math.max(latest, awardTime[award]) : latest;
    }
    return sum !== columns.scores[place] ? NaN : latest === -Infinity ? Infinity : latest;
}
