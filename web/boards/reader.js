/*
 * reader: takes a leaderboard's text apart. Of ten thousand competitors' solves hardly any differ from
 * one board to the next; so they are read once, and again only when their text is another.
 *
 * It relies on the order of what the server writes (docs/boards.md): all else before the entries, in an
 * entry the solves behind what says whose they are; and on JSON, where no quotes are inside of a text
 * without a backslash before them. Whatever looks otherwise is read as a whole.
 *
 *   read(text)   as JSON.parse does, but each entry has its solves and awards as a record:
 *   recordOf(entry)   {challenges, times, points, firsts, awards}: the solves' challenges by their ids;
 *       milliseconds; NaN: what the challenge is worth; the ids of those where it was the first
 */
import { numbersKept } from "./numbers.js";

const entriesOpening = ',"entries":[';
const solvesOpening = ',"solves":[';

export class Reader {
    #known = new Map(); // where an entry begins: {"team_id":7 -> {whose, solves, entry}

    read(text) {
        const start = text.indexOf(entriesOpening);
        const pieces = start < 0 ? null : piecesOf(text, start + entriesOpening.length);
        if (!pieces) {
            return numbersKept(text);
        }
        const board = this.#known.size === 0 ? numbersKept(text) : this.#readNew(text, start, pieces);
        board.entries = board.entries.map(withRecord);
        // All of them anew: what is known must not keep the whole text of long ago.
        this.#known = new Map(
            pieces.map((piece, at) => [piece.key, { ...piece, entry: board.entries[at] }]),
        );
        return board;
    }

    /* What has to be read is read at once: many small texts take longer than a large one. */
    #readNew(text, start, pieces) {
        const texts = [];
        const known = pieces.map(({ key, whose, solves }) => {
            const before = this.#known.get(key);
            const isSolved = before?.solves === solves;
            if (isSolved && before.whose === whose) {
                return before.entry;
            }
            texts.push(isSolved ? `${whose}}` : whose + solves);
            return isSolved ? { record: before.entry.record } : null;
        });
        const board = numbersKept(
            `${text.slice(0, start)}${entriesOpening}${texts.join()}]}`,
        );
        const read = board.entries.values();
        board.entries = known.map((entry) =>
            entry && "score" in entry ? entry : { ...read.next().value, ...entry },
        );
        return board;
    }
}

/* The entries' texts, each cut into what says whose the solves are, and the solves; null: it cannot be. */
function piecesOf(text, from) {
    const end = text.lastIndexOf("]}");
    const begin = text.slice(from, text.indexOf(":", from) + 1);
    const pieces = [];
    for (let at = from, next; at < end; at = next) {
        next = text.indexOf(begin, at + 1);
        next = next < 0 ? end + 1 : next;
        const cut = text.indexOf(solvesOpening, at);
        if (cut < 0 || cut >= next) {
            return null;
        }
        pieces.push({
            key: text.slice(at, text.indexOf(",", at)),
            whose: text.slice(at, cut),
            solves: text.slice(cut, next - 1),
        });
    }
    return pieces;
}

function withRecord(entry) {
    return entry.record ? entry : { ...entry, record: recordOf(entry), solves: null, awards: null };
}

export function recordOf({ record, solves, awards = [] }) {
    if (record) {
        return record;
    }
    const columns = ["challenges", "times", "points"].map(() => new Float64Array(solves.length));
    const [challenges, times, points] = columns;
    const firsts = [];
    for (let at = 0; at < solves.length; at++) {
        const solve = solves[at];
        challenges[at] = solve.challenge_id;
        times[at] = Date.parse(solve.solved_at);
        points[at] = solve.points ?? NaN;
        if (solve.is_first_blood) {
            firsts.push(solve.challenge_id);
        }
    }
    const timed = awards.map(({ points: own, awarded_at }) => ({ points: own, time: Date.parse(awarded_at) }));
    return { challenges, times, points, firsts, awards: timed };
}
