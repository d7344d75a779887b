/*
 * explain: what the tooltip says of a cell of the ranking, as [headline, ...lines]; [] where the
 * cell says it all.
 */
import { fullTime, isolated, text } from "../text/text.js";
import { breaksNoTies, solvedKey, tieLines } from "./row.js";

/* `place` -1: the cell is a column's header. */
export function explain(ranking, place, column) {
    if (column.type === "challenge") {
        return place < 0
            ? explainChallenge(ranking, column.challenge)
            : explainSolve(ranking, place, column.challenge);
    }
    if (column.type === "category") {
        return place < 0
            ? [column.category.name]
            : explainCategory(ranking, place, column.category);
    }
    return place >= 0 && column.type === "name"
        ? [ranking.name(place), ...tieLines(ranking, place)]
        : [];
}

function explainChallenge(ranking, challenge) {
    const first = ranking.firstBlood(challenge);
    const { title, breaksTies } = ranking.challenges[challenge];
    return [
        title,
        worth(ranking, challenge),
        ...(breaksTies ? [] : [breaksNoTies(ranking, challenge)]),
        text("sizeSolves", { count: ranking.solvers(challenge) }),
        first >= 0
            ? text("firstBloodBy", { name: isolated(ranking.name(first)) })
            : text("notSolved"),
    ];
}

function explainSolve(ranking, place, challenge) {
    return [
        ranking.challenges[challenge].title,
        worth(ranking, challenge),
        isolated(ranking.name(place)),
        outcome(ranking, solveIn(ranking, place, challenge)),
    ];
}

function explainCategory(ranking, place, { name, members }) {
    const solved = members.filter((challenge) => solveIn(ranking, place, challenge) >= 0);
    return [
        `${name}: ${text("solvedOf", { count: solved.length, all: members.length })}`,
        isolated(ranking.name(place)),
        ...solved.map(
            (challenge) =>
                `${isolated(ranking.challenges[challenge].title)}: ${outcome(
                    ranking,
                    solveIn(ranking, place, challenge),
                )}`,
        ),
    ];
}

function worth(ranking, challenge) {
    const { category, points } = ranking.challenges[challenge];
    return `${isolated(category)} · ${text("points", { count: points })}`;
}

function outcome(ranking, solve) {
    return solve < 0
        ? text("notSolved")
        : text(solvedKey(ranking.bloodOf(solve)), { time: fullTime(ranking.timeOf(solve)) });
}

function solveIn(ranking, place, challenge) {
    const [from, to] = ranking.solves(place);
    for (let solve = from; solve < to; solve++) {
        if (ranking.challengeOf(solve) === challenge) {
            return solve;
        }
    }
    return -1;
}
