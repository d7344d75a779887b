/*
 * columns: a board's JSON, turned into few flat arrays, so that a worker can hand it to the page
 * without a copy, and ten thousand competitors with three hundred thousand solves stay a few
 * megabytes that no collector has to walk through.
 *
 * A leaderboard:
 *   challenges  [{id, title, category, points}], in the board's order
 *   ids, names, scores          one for each competitor, in the board's order
 *   solveStart                  competitor i's solves are those from [i] to before [i + 1]
 *   solveChallenge, solveTime   index into challenges; milliseconds since 1970
 *   solveFirst                  1: first blood
 *   firstBloods, solvers        for each challenge who was first, or -1; how many have solved it
 *
 * A timeline:
 *   ids                         one for each competitor who has solved something
 *   who, time, points           one for each row, in the board's order
 */
import { harmless } from "./names.js";

export function columnsOf(json) {
    return json.entries ? leaderboardColumns(json) : timelineColumns(json);
}

/* The arrays' buffers, for postMessage to move. */
export function buffersOf(columns) {
    return Object.values(columns)
        .filter(ArrayBuffer.isView)
        .map((array) => array.buffer);
}

const idOf = (row) => row.team_id ?? row.user_id;
const nameOf = (entry) => harmless(entry.team_name ?? entry.username);

function leaderboardColumns({ challenges, entries }) {
    const index = new Map(challenges.map((challenge, at) => [challenge.id, at]));
    const count = entries.reduce((sum, entry) => sum + entry.solves.length, 0);
    const columns = {
        challenges: challenges.map(shownChallenge),
        ids: Float64Array.from(entries, idOf),
        names: entries.map(nameOf),
        scores: Float64Array.from(entries, (entry) => entry.score),
        solveStart: new Uint32Array(entries.length + 1),
        solveChallenge: new Uint16Array(count),
        solveTime: new Float64Array(count),
        solveFirst: new Uint8Array(count),
        firstBloods: new Int32Array(challenges.length).fill(-1),
        solvers: new Uint32Array(challenges.length),
    };
    let at = 0;
    entries.forEach((entry, competitor) => {
        for (const solve of entry.solves) {
            const challenge = index.get(solve.challenge_id);
            columns.solveChallenge[at] = challenge;
            columns.solveTime[at] = Date.parse(solve.solved_at);
            columns.solveFirst[at] = solve.is_first_blood ? 1 : 0;
            columns.solvers[challenge] += 1;
            if (solve.is_first_blood) {
                columns.firstBloods[challenge] = competitor;
            }
            at += 1;
        }
        columns.solveStart[competitor + 1] = at;
    });
    return columns;
}

function shownChallenge({ id, title, category, points }) {
    return { id, title: harmless(title) || `#${id}`, category: harmless(category) || "–", points };
}

function timelineColumns({ submissions }) {
    const index = new Map(); // id -> competitor
    for (const row of submissions) {
        index.set(idOf(row), index.get(idOf(row)) ?? index.size);
    }
    return {
        ids: Float64Array.from(index.keys()),
        who: Uint32Array.from(submissions, (row) => index.get(idOf(row))),
        time: Float64Array.from(submissions, (row) => Date.parse(row.timestamp)),
        points: Float64Array.from(submissions, (row) => row.points),
    };
}
