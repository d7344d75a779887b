/*
 * refresher: which boards are fetched, and when. A notice names a revision; what is on screen and
 * older than that is fetched, once, at a random moment of the next half second, so that ten
 * thousand viewers do not come in the same millisecond. What is not on screen is fetched when it is
 * shown. A failure (503: this node has not got so far) is tried again, later each time, never in
 * step with others.
 *
 *   new Refresher(deliver, report)
 *   deliver(board, columns)   a newer board has come
 *   report({revision, failing, skew})   after each answer: the oldest revision on screen; since when
 *       there is no success (0: there is); the server's clock less ours, NaN when it did not tell
 */
import { trusted } from "../trusted.js";

const spread = 500;
const firstRetry = 1_000;
const longestRetry = 15_000;

const paths = {
    leaderboard: "/api/leaderboard",
    "leaderboard-teams": "/api/leaderboard/teams",
    timeline: "/api/timeline",
    "timeline-teams": "/api/timeline/teams",
};

export class Refresher {
    #worker = new Worker(trusted(new URL("worker.js", import.meta.url)), { type: "module" });
    #boards = new Map(Object.entries(paths).map(([board, path]) => [board, newBoard(path)]));
    #shown = new Set();
    #wanted = 0; // the newest revision that we were told of
    #failing = 0;
    #deliver;
    #report;

    constructor(deliver, report) {
        this.#deliver = deliver;
        this.#report = report;
        this.#worker.onmessage = ({ data }) => this.#answered(data);
    }

    /* Names of the boards that are on screen now. */
    show(boards) {
        this.#shown = new Set(boards);
        this.#fetchSoon(0);
    }

    /* There is a revision. */
    want(revision) {
        if (revision > this.#wanted) {
            this.#wanted = revision;
            this.#fetchSoon(spread);
        }
    }

    /* There may be a newer one, and nobody to tell us. */
    ask() {
        for (const board of this.#boards.values()) {
            board.unsure = true;
        }
        this.#fetchSoon(spread);
    }

    #fetchSoon(within) {
        for (const name of this.#shown) {
            const board = this.#boards.get(name);
            if (!board.busy && board.timer === 0 && this.#isDue(board)) {
                this.#fetchIn(Math.random() * within, name);
            }
        }
    }

    #isDue(board) {
        return board.revision === 0 || board.revision < this.#wanted || board.unsure;
    }

    #fetchIn(delay, name) {
        const board = this.#boards.get(name);
        board.timer = setTimeout(() => {
            board.timer = 0;
            if (this.#shown.has(name) && this.#isDue(board)) {
                board.busy = true;
                this.#worker.postMessage({
                    board: name,
                    path: board.path,
                    revision: this.#wanted > board.revision ? this.#wanted : 0,
                    etag: board.etag,
                });
            }
        }, delay);
    }

    #answered(answer) {
        const board = this.#boards.get(answer.board);
        board.busy = false;
        const good = answer.status === 200 && answer.revision >= answer.asked;
        if (good || answer.status === 304) {
            this.#succeeded(board, answer);
        } else {
            this.#failed(board, answer);
        }
        this.#tell(answer.date);
        this.#fetchSoon(spread);
    }

    #succeeded(board, answer) {
        board.failures = 0;
        board.unsure = false;
        this.#failing = 0;
        if (answer.columns && answer.revision > board.revision) {
            // never back, whoever answers
            board.revision = answer.revision;
            board.etag = answer.etag;
            this.#deliver(answer.board, answer.columns);
        }
    }

    #failed(board, answer) {
        const wait =
            Math.max(firstRetry, answer.retryAfter || 0) * 2 ** Math.min(board.failures, 10);
        board.failures += 1;
        this.#failing ||= Date.now();
        this.#fetchIn(Math.min(wait, longestRetry) * (0.5 + Math.random()), answer.board);
    }

    #tell(date) {
        const shown = Array.from(this.#shown, (name) => this.#boards.get(name).revision);
        const revision = Math.min(...shown);
        this.#report({
            revision: Number.isFinite(revision) ? revision : 0,
            failing: this.#failing,
            skew: date ? date - Date.now() : NaN,
        });
    }
}

function newBoard(path) {
    return { path, revision: 0, etag: null, busy: false, unsure: false, timer: 0, failures: 0 };
}
