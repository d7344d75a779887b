/*
 * columns: a leaderboard's JSON, turned into few flat arrays, so that a worker can hand it to the
 * page without a copy, and ten thousand competitors with three hundred thousand solves stay a few
 * megabytes that no collector has to walk through.
 *
 *   competition  {name, startsAt, freezesAt, endsAt, frozen, tie}: milliseconds, NaN where unknown
 *   divisions    [{id, name}]
 *   challenges   [{id, title, category, points, breaksTies, dynamic}], in the board's order;
 *                dynamic: {initial, minimum, decay, solvers}, or null
 *   ids, scores, division, team   one for each competitor, in the board's order; NaN: none
 *   solveStart                  competitor i's solves are those from [i] to before [i + 1]
 *   solveWho, solveChallenge    whose it is; index into challenges
 *   solveTime, solvePoints      milliseconds since 1970; what it is worth now
 *   solvePlace                  1: first blood, 2: the second to solve it, ...
 *   solveOrder                  all solves, the earliest first
 *   awardStart, awardTime, awardPoints   as with solves
 *   firstBloods, solvers        for each challenge who was first, or -1; how many have solved it
 *   values                      for each challenge what it was worth at each time (worth.js)
 *   newIds, newNames            whose names this worker has not handed over yet (names.js)
 *
 * Orders and places are found here, once, in the worker: they take longer than all else.
 */
import { valuesOf } from "./worth.js";

export function columnsOf(json, names) {
    const { challenges, entries } = json;
    const solves = solveColumns(challenges, entries);
    const columns = {
        competition: competitionOf(json.competition),
        divisions: (json.divisions ?? []).map(({ id, name }) => ({ id, name: names.plain(name) })),
        challenges: challenges.map((challenge) => shownChallenge(challenge, names)),
        ids: Float64Array.from(entries, idOf),
        scores: Float64Array.from(entries, (entry) => entry.score),
        division: Float64Array.from(entries, (entry) => entry.division_id ?? NaN),
        team: Float64Array.from(entries, (entry) => teamOf(entry) ?? NaN),
        ...solves,
        ...awardColumns(entries),
        ...placesOf(solves, challenges.length),
        ...names.news(entries.map((entry) => [idOf(entry), entry.username ?? entry.team_name])),
    };
    return { ...columns, values: valuesOf(columns) };
}

/* The arrays' buffers, for postMessage to move. */
export function buffersOf(columns) {
    return Object.values(columns)
        .filter(ArrayBuffer.isView)
        .map((array) => array.buffer);
}

const teamOf = ({ user_id, team_id }) => (user_id === undefined ? NaN : team_id);
const idOf = (entry) => entry.user_id ?? entry.team_id; // a user may have a team_id, too

function competitionOf(competition = {}) {
    const { name, starts_at, freezes_at, ends_at, frozen, tie } = competition;
    return {
        name: name ?? "",
        startsAt: Date.parse(starts_at),
        freezesAt: Date.parse(freezes_at),
        endsAt: Date.parse(ends_at),
        frozen: frozen === true,
        tie: tie ?? "first_to_reach",
    };
}

function shownChallenge(challenge, names) {
    const { id, title, category, points } = challenge;
    return {
        id,
        title: names.plain(title) || `#${id}`,
        category: names.plain(category) || "–",
        points,
        breaksTies: challenge.breaks_ties !== false,
        dynamic: dynamicOf(challenge),
    };
}

function dynamicOf({ initial_points: initial, minimum_points: minimum, decay, solvers }) {
    return initial === undefined ? null : { initial, minimum, decay, solvers };
}

function solveColumns(challenges, entries) {
    const index = new Map(challenges.map((challenge, at) => [challenge.id, at]));
    const count = entries.reduce((sum, entry) => sum + entry.solves.length, 0);
    const columns = {
        solveStart: new Uint32Array(entries.length + 1),
        solveWho: new Uint32Array(count),
        solveChallenge: new Uint16Array(count),
        solveTime: new Float64Array(count),
        solvePoints: new Float64Array(count),
        firstBloods: new Int32Array(challenges.length).fill(-1),
        solvers: new Uint32Array(challenges.length),
    };
    let at = 0;
    entries.forEach((entry, competitor) => {
        for (const solve of entry.solves) {
            const challenge = index.get(solve.challenge_id);
            columns.solveWho[at] = competitor;
            columns.solveChallenge[at] = challenge;
            columns.solveTime[at] = Date.parse(solve.solved_at);
            columns.solvePoints[at] = solve.points ?? challenges[challenge].points;
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

function awardColumns(entries) {
    const awards = entries.map((entry) => entry.awards ?? []);
    const awardStart = new Uint32Array(entries.length + 1);
    awards.forEach((own, competitor) => {
        awardStart[competitor + 1] = awardStart[competitor] + own.length;
    });
    const all = awards.flat();
    return {
        awardStart,
        awardTime: Float64Array.from(all, (award) => Date.parse(award.awarded_at)),
        awardPoints: Float64Array.from(all, (award) => award.points),
    };
}

/* Of two at one time the board knows who was first; another order among them it does not tell. */
function placesOf({ solveTime, solveWho, solveChallenge, firstBloods }, challengeCount) {
    const isFirst = (solve) => firstBloods[solveChallenge[solve]] === solveWho[solve];
    const solveOrder = Uint32Array.from(solveTime.keys()).sort(
        (a, b) => solveTime[a] - solveTime[b] || isFirst(b) - isFirst(a) || a - b,
    );
    const solvePlace = new Uint32Array(solveTime.length);
    const solved = new Uint32Array(challengeCount);
    for (const solve of solveOrder) {
        solved[solveChallenge[solve]] += 1;
        solvePlace[solve] = solved[solveChallenge[solve]];
    }
    return { solveOrder, solvePlace };
}
