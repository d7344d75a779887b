/*
 * refresher: which boards are fetched, and when. A notice names a revision; what is on screen and
 * older than that is fetched, once, at a random moment of the next half second, so that ten
 * thousand viewers do not come in the same millisecond. What is not on screen is fetched when it is
 * shown. A failure (503: this node has not got so far) is tried again, later each time, never in
 * step with others.
 *
 *   new Refresher({deliver, refuse, report})     a board is called by its path
 *   deliver(path, columns, names)    a newer board has come; names: of ids, those that the worker
 *       has handed over so far
 *   refuse(path, status)             401: not to us; 403: it is not open; 404: there is no such board
 *   report({revision, due, skew, bytes})   of what is on screen: the oldest revision; since when a
 *       board has been due (0: none is); the server's clock less ours; and how many bytes the last
 *       change cost (0: not known)
 */
import { staffHeaders } from "../staff.js";
import { trusted } from "../trusted.js";

const spread = 500;
const day = 86_400_000; // as in lib/revision.h
const firstRetry = 1_000;
const longestRetry = 15_000;
const watchInterval = 5_000;
const longestSilence = 20_000; // of a worker that has something to do; it beats every two seconds

export class Refresher {
    #worker = null; // until there is something to ask
    #boards = new Map(); // those that were ever on screen, by path
    #shown = new Set();
    #wanted = 0; // the newest revision that we were told of
    #skew = 0; // the server's clock less ours
    #bytes = 0; // of the last change
    #beat = 0; // when the worker last showed that it lives
    #tellers;

    constructor(tellers) {
        this.#tellers = tellers;
        setInterval(() => this.#watch(), watchInterval);
    }

    /* What is on screen now. */
    show(paths) {
        this.#shown = new Set(paths);
        for (const path of paths) {
            this.#boards.set(path, this.#boards.get(path) ?? newBoard());
        }
        this.#fetchSoon(0);
    }

    /* There is a revision. */
    want(revision) {
        if (this.#isGarbage(this.#wanted) && !this.#isGarbage(revision)) {
            this.#goBack();
        }
        if (revision > this.#wanted) {
            this.#wanted = revision;
            this.#forget((board) => board.closed);
            this.#fetchSoon(spread);
        }
    }

    /* Of a database whose clock was far ahead: nothing could ever be newer. */
    #isGarbage(revision) {
        return revision > Date.now() + this.#skew + day;
    }

    #goBack() {
        this.#wanted = 0;
        for (const board of this.#boards.values()) {
            board.revision = 0;
            board.etag = null;
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
        this.#forget(() => true);
        this.ask();
    }

    /* What failed before, and waits because of it. */
    #forget(which) {
        for (const board of Array.from(this.#boards.values()).filter(which)) {
            clearTimeout(board.timer);
            board.timer = 0;
            board.failures = 0;
        }
    }

    #fetchSoon(within) {
        for (const [path, board] of this.#boards) {
            board.due = this.#isDue(path) ? board.due || Date.now() : 0;
            if (board.due > 0 && !board.busy && board.timer === 0) {
                this.#fetchIn(Math.random() * within, path);
            }
        }
        this.#tell();
    }

    #isDue(path) {
        const board = this.#boards.get(path);
        const isOld = board.revision === 0 || board.revision < this.#wanted;
        return this.#shown.has(path) && (isOld || board.unsure);
    }

    #fetchIn(delay, path) {
        const board = this.#boards.get(path);
        board.timer = setTimeout(() => {
            board.timer = 0;
            if (this.#isDue(path)) {
                board.busy = true;
                this.#beat = Date.now();
                this.#worker ??= this.#newWorker();
                this.#worker.postMessage({
                    path,
                    revision: this.#wanted > board.revision ? this.#wanted : 0,
                    etag: board.etag,
                    headers: staffHeaders(),
                });
            }
        }, delay);
    }

    #newWorker() {
        const script = trusted(new URL("worker.js", import.meta.url));
        const worker = new Worker(script, { type: "module" });
        worker.onmessage = ({ data }) => {
            this.#beat = Date.now();
            if (data.bytes) {
                this.#bytes = data.bytes;
                this.#tell();
            } else if (!data.beat) {
                this.#answered(data);
            }
        };
        worker.onerror = () => this.#lostWorker();
        return worker;
    }

    /* A browser that is short of memory ends workers without a word. */
    #watch() {
        const isBusy = Array.from(this.#boards.values()).some(({ busy }) => busy);
        if (isBusy && Date.now() - this.#beat > longestSilence) {
            this.#lostWorker();
        }
    }

    /* Its script did not load, perhaps. What it was asked nobody answers; there will be another. */
    #lostWorker() {
        this.#worker.terminate();
        this.#worker = null;
        for (const [path, { busy }] of this.#boards) {
            if (busy) {
                this.#answered({ path, status: 0 });
            }
        }
    }

    #answered(answer) {
        const board = this.#boards.get(answer.path);
        board.busy = false;
        this.#skew = Number.isFinite(answer.skew) ? answer.skew : this.#skew;
        answer.columns?.newIds.forEach((id, at) => board.names.set(id, answer.columns.newNames[at]));
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
        board.unsure = board.closed = false;
        board.due = 0; // there may be a newer one by now, which is due from now on
        if (answer.columns && answer.revision > board.revision) {
            // never back, whoever answers, but from garbage
            board.revision = answer.revision;
            board.etag = answer.etag;
            this.#tellers.deliver(answer.path, answer.columns, board.names);
        }
    }

    #failed(board, answer) {
        const wait =
            Math.max(firstRetry, answer.retryAfter || 0) * 2 ** Math.min(board.failures, 10);
        board.failures += 1;
        board.closed = answer.status === 403;
        if (board.closed) {
            board.revision = 0; // nobody has it any more
            board.etag = null;
        }
        if ([401, 403, 404].includes(answer.status)) {
            this.#tellers.refuse(answer.path, answer.status);
        }
        this.#fetchIn(Math.min(wait, longestRetry) * (0.5 + Math.random()), answer.path);
    }

    /* Where nothing is on screen, nobody reads it. */
    #tell() {
        const all = Array.from(this.#shown, (path) => this.#boards.get(path));
        const there = all.filter(({ revision }) => revision > 0);
        const shown = there.length > 0 ? there : all; // one that is on its way is not old
        const due = shown.map((board) => board.due).filter((since) => since > 0);
        if (shown.length > 0) {
            this.#tellers.report({
                revision: Math.min(...shown.map((board) => board.revision)),
                due: due.length > 0 ? Math.min(...due) : 0,
                skew: this.#skew,
                bytes: this.#bytes,
            });
        }
    }
}

function newBoard() {
    return {
        revision: 0,
        etag: null,
        names: new Map(),
        due: 0, // since when; 0: it is not
        closed: false,
        unsure: false, // there may be a newer one
        busy: false,
        timer: 0, // of the next request
        failures: 0,
    };
}
