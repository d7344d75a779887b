/*
 * worth: what a challenge was worth at each time, computed as the server does (lib/board/scoring.c):
 *
 *     initial - floor((initial - minimum) * solvers^2 / decay^2), not below minimum
 *
 * The solvers are competitors: teams, and users without one. Two boards know them: the users', where
 * users tell their teams, and the teams', where nobody competes alone. Whether a board does is seen
 * by the number of solvers that the server counted. A challenge without a formula was always worth
 * what it is worth now. Where `decay` is the number of competitors, it is today's.
 */

/*
 * For each challenge of a board's columns what it was worth: [{time, points}], each from its time
 * on, the first from -Infinity; null: this board cannot tell.
 */
export function valuesOf(columns) {
    const times = timesOf(columns);
    return columns.challenges.map(({ points, dynamic }, challenge) => {
        if (!dynamic) {
            return [{ time: -Infinity, points }];
        }
        const isTold = times[challenge].length === dynamic.solvers;
        return isTold ? stepsOf(dynamic, times[challenge]) : null;
    });
}

/* The values that the first of some rankings can tell, by the challenge's id. */
export class Worth {
    #values;

    constructor(rankings) {
        const knows = ({ values }) => !values.includes(null);
        const { challenges, values } = rankings.find(knows) ?? rankings[0];
        this.#values = new Map(challenges.map(({ id }, at) => [id, values[at]]));
        this.isKnown = rankings.some(knows);
    }

    /* None where they are not known. */
    steps(id) {
        return this.#values.get(id) ?? [];
    }

    /* NaN where it is not known. */
    at(id, time) {
        return this.steps(id).findLast((step) => step.time <= time)?.points ?? NaN;
    }
}

/* For each challenge when competitors solved it, in their order. */
function timesOf({ challenges, solveOrder, solveChallenge, solveWho, solveTime, team }) {
    const times = challenges.map(() => []);
    const counted = challenges.map(() => new Set()); // teams of users
    for (const solve of solveOrder) {
        const challenge = solveChallenge[solve];
        const of = team[solveWho[solve]];
        const isAlone = Number.isNaN(of);
        if (challenges[challenge].dynamic && (isAlone || !counted[challenge].has(of))) {
            times[challenge].push(solveTime[solve]);
            if (!isAlone) {
                counted[challenge].add(of);
            }
        }
    }
    return times;
}

function stepsOf(dynamic, times) {
    const steps = [{ time: -Infinity, points: valueOf(dynamic, 0) }];
    times.forEach((time, at) => {
        const points = valueOf(dynamic, at + 1);
        if (points !== steps.at(-1).points) {
            steps.push({ time, points });
        }
    });
    return steps;
}

export function valueOf({ initial, minimum, decay }, solvers) {
    if (decay <= 0 || minimum >= initial) {
        return initial;
    }
    return solvers >= decay ? minimum : initial - lost(initial - minimum, solvers, decay);
}

function lost(range, solvers, decay) {
    const product = range * solvers ** 2;
    return Number.isSafeInteger(product)
        ? Math.floor(product / decay ** 2)
        : Number((BigInt(range) * BigInt(solvers) ** 2n) / BigInt(decay) ** 2n);
}
