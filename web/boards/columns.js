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
 *   awardStart, awardTime, awardPoints   as with solves
 *   firstBloods, solvers        for each challenge who was first, or -1; how many have solved it
 *   ranks, tied, reached        ties.js
 *   solveOrder, solvePlace, bloods, crowds   order.js
 *   values                      for each challenge what it was worth at each time (worth.js)
 *   newIds, newNames            whose names this worker has not handed over yet (names.js)
 *
 * Whatever takes a look at each solve is found here, once, in the worker: the page's own thread has no
 * time for that.
 */
import { orderOf } from "./order.js";
import { recordOf } from "./reader.js";
import { tiesOf } from "./ties.js";
import { valuesOf } from "./worth.js";

/* `json`: as JSON.parse or reader.js gives it. */
export function columnsOf(json, names) {
    const { challenges, entries } = json;
    const records = entries.map(recordOf);
    const columns = {
        competition: competitionOf(json.competition),
        divisions: (json.divisions ?? []).map(({ id, name }) => ({ id, name: names.plain(name) })),
        challenges: challenges.map((challenge) => shownChallenge(challenge, names)),
        ids: Float64Array.from(entries, idOf),
        scores: Float64Array.from(entries, (entry) => entry.score),
        division: Float64Array.from(entries, (entry) => entry.division_id ?? NaN),
        team: Float64Array.from(entries, (entry) => teamOf(entry) ?? NaN),
        ...solveColumns(challenges, records),
        ...awardColumns(records),
        ...names.news(entries.map((entry) => [idOf(entry), entry.username ?? entry.team_name])),
    };
    Object.assign(columns, orderOf(columns), tiesOf(columns));
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

function solveColumns(challenges, records) {
    const index = new Map(challenges.map((challenge, at) => [challenge.id, at]));
    const count = records.reduce((sum, { times }) => sum + times.length, 0);
    const columns = {
        solveStart: new Uint32Array(records.length + 1),
        solveWho: new Uint32Array(count),
        solveChallenge: new Uint16Array(count),
        solveTime: new Float64Array(count),
        solvePoints: new Float64Array(count),
        firstBloods: new Int32Array(challenges.length).fill(-1),
        solvers: new Uint32Array(challenges.length),
    };
    let at = 0;
    records.forEach((record, competitor) => {
        const { length } = record.times;
        columns.solveTime.set(record.times, at);
        columns.solveWho.fill(competitor, at, at + length);
        for (let solve = 0; solve < length; solve++, at++) {
            const challenge = index.get(record.challenges[solve]);
            const own = record.points[solve];
            columns.solveChallenge[at] = challenge;
            columns.solvePoints[at] = Number.isNaN(own) ? challenges[challenge].points : own;
            columns.solvers[challenge] += 1;
        }
        for (const id of record.firsts) {
            columns.firstBloods[index.get(id)] = competitor;
        }
        columns.solveStart[competitor + 1] = at;
    });
    return columns;
}

function awardColumns(records) {
    const awardStart = new Uint32Array(records.length + 1);
    records.forEach(({ awards }, competitor) => {
        awardStart[competitor + 1] = awardStart[competitor] + awards.length;
    });
    const all = records.flatMap(({ awards }) => awards);
    return {
        awardStart,
        awardTime: Float64Array.from(all, ({ time }) => time),
        awardPoints: Float64Array.from(all, ({ points }) => points),
    };
}
