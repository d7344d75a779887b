/*
 * worth: what a challenge was worth at each time, where the board tells its formula:
 *
 *     initial - floor((initial - minimum) * solves^2 / decay^2), not below minimum
 *
 * as the server computes it (lib/board/scoring.c). A challenge without a formula was always worth
 * what it is worth now. Where the formula does not give today's value (a board of users counts
 * users, the formula teams), past values cannot be known from this board.
 */
export class Worth {
    #ranking;
    #steps; // for each challenge [{time, points}], from -Infinity on

    constructor(ranking) {
        this.#ranking = ranking;
    }

    /* There are past values, and they are known. */
    get isKnown() {
        const { challenges } = this.#ranking;
        return (
            challenges.some(({ dynamic }) => dynamic) &&
            challenges.every(
                ({ dynamic, points }, challenge) =>
                    !dynamic || valueOf(dynamic, this.#ranking.solvers(challenge)) === points,
            )
        );
    }

    /* The values in their order, each with the time from which it held. */
    steps(challenge) {
        this.#steps ??= this.#stepsOfAll();
        return this.#steps[challenge];
    }

    at(challenge, time) {
        return this.steps(challenge).findLast((step) => step.time <= time).points;
    }

    #stepsOfAll() {
        const { challenges, solveOrder } = this.#ranking;
        const steps = challenges.map(({ dynamic, points }) => [
            { time: -Infinity, points: dynamic ? valueOf(dynamic, 0) : points },
        ]);
        for (const solve of solveOrder) {
            const challenge = this.#ranking.challengeOf(solve);
            const { dynamic } = challenges[challenge];
            const points = dynamic && valueOf(dynamic, this.#ranking.placeTaken(solve));
            if (dynamic && points !== steps[challenge].at(-1).points) {
                steps[challenge].push({ time: this.#ranking.timeOf(solve), points });
            }
        }
        return steps;
    }
}

function valueOf({ initial, minimum, decay }, solves) {
    const least = Math.min(initial, minimum);
    return decay <= 0
        ? initial
        : Math.max(least, initial - Math.floor(((initial - least) * solves ** 2) / decay ** 2));
}
