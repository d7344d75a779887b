/*
 * refresher: which boards are fetched, and when. A notice names a revision; what is on screen and
 * older than that is fetched, once, at a random moment of the next half second, so that ten
 * thousand viewers do not come in the same millisecond. What is not on screen is fetched when it is
 * shown. A failure (503: this node has not got so far) is tried again, later each time, never in
 * step with others.
 *
 *   new Refresher(deliver, report)
 *   deliver(board, columns)   a newer board has come
 *   report({revision, due, skew})   of what is on screen: the oldest revision; since when a board has
 *       been due (0: none is); the server's clock less ours
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
    #worker = null; // until there is something to ask
    #boards = new Map(Object.entries(paths).map(([board, path]) => [board, newBoard(path)]));
    #shown = new Set();
    #wanted = 0; // the newest revision that we were told of
    #skew = 0;
    #deliver;
    #report;

    constructor(deliver, report) {
        this.#deliver = deliver;
        this.#report = report;
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

    /* The network is back: nobody waits any longer for what failed without it. */
    retry() {
        for (const board of this.#boards.values()) {
            clearTimeout(board.timer);
            board.timer = 0;
            board.failures = 0;
        }
        this.ask();
    }

    #fetchSoon(within) {
        for (const [name, board] of this.#boards) {
            board.due = this.#isDue(name) ? board.due || Date.now() : 0;
            if (board.due > 0 && !board.busy && board.timer === 0) {
                this.#fetchIn(Math.random() * within, name);
            }
        }
        this.#tell();
    }

    #isDue(name) {
        const board = this.#boards.get(name);
        const isOld = board.revision === 0 || board.revision < this.#wanted;
        return this.#shown.has(name) && (isOld || board.unsure);
    }

    #fetchIn(delay, name) {
        const board = this.#boards.get(name);
        board.timer = setTimeout(() => {
            board.timer = 0;
            if (this.#isDue(name)) {
                board.busy = true;
                this.#worker ??= this.#newWorker();
                this.#worker.postMessage({
                    board: name,
                    path: board.path,
                    revision: this.#wanted > board.revision ? this.#wanted : 0,
                    etag: board.etag,
                });
            }
        }, delay);
    }

    #newWorker() {
        const script = trusted(new URL("worker.js", import.meta.url));
        const worker = new Worker(script, { type: "module" });
        worker.onmessage = ({ data }) => this.#answered(data);
        worker.onerror = () => this.#lostWorker();
        return worker;
    }

    /* Its script did not load, perhaps. What it was asked nobody answers; there will be another. */
    #lostWorker() {
        this.#worker.terminate();
        this.#worker = null;
        for (const [name, { busy }] of this.#boards) {
            if (busy) {
                this.#answered({ board: name, status: 0 });
            }
        }
    }

    #answered(answer) {
        const board = this.#boards.get(answer.board);
        board.busy = false;
        this.#skew = Number.isFinite(answer.skew) ? answer.skew : this.#skew;
        const good = answer.status === 200 && answer.revision >= answer.asked;
        if (good || answer.status === 304) {
            this.#succeeded(board, answer);
        } else {
            this.#failed(board, answer);
        }
        this.#fetchSoon(spread);
    }

    #succeeded(board, answer) {
        board.failures = 0;
        board.unsure = false;
        board.due = 0; // there may be a newer one by now, which is due from now on
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
        this.#fetchIn(Math.min(wait, longestRetry) * (0.5 + Math.random()), answer.board);
    }

    /* Where nothing is on screen, nobody reads it. */
    #tell() {
        const shown = Array.from(this.#shown, (name) => this.#boards.get(name));
        const due = shown.map((board) => board.due).filter((since) => since > 0);
        if (shown.length > 0) {
            this.#report({
                revision: Math.min(...shown.map((board) => board.revision)),
                due: due.length > 0 ? Math.min(...due) : 0,
                skew: this.#skew,
            });
        }
    }
}

function newBoard(path) {
    return {
        path,
        revision: 0,
        etag: null,
        due: 0, // since when; 0: it is not
        unsure: false, // there may be a newer one
        busy: false,
        timer: 0, // of the next request
        failures: 0,
    };
}
