/*
 * worker: fetches a board and takes it apart, away from the page's own thread, which has rows to
 * move. One request in, one answer out:
 *
 *   {path, revision, etag, headers}   revision: this one or a newer one; 0: whichever is current
 *   {path, asked, status, revision, etag, skew, retryAfter, columns}
 *
 * asked: the revision that was; status 0: there was no answer; skew: the server's clock less ours,
 * NaN where the browser's cache may have answered, whose Date is an old one. A board's first read
 * passes it by, so that a page always gets to know.
 *
 * A slow download has all the time that it needs: only when no byte has come for a while is it given
 * up. Meanwhile {beat: true} says now and then that this worker lives. What a change of a board cost
 * is said apart, {bytes: N}, since browsers know it only later, if at all.
 */
import { archive } from "../archive.js";
import { buffersOf, columnsOf } from "./columns.js";
import { movedSince } from "./movement.js";
import { Names } from "./names.js";
import { Reader } from "./reader.js";

const silence = 30_000;
const hour = 3600 * 1000;
const readers = new Map(); // path -> {reader, names}: what is known from the boards before

const changes = new Set(); // addresses of what is to replace a board

setInterval(() => self.postMessage({ beat: true }), 2_000);

new PerformanceObserver((list) => {
    for (const { name, encodedBodySize: bytes, responseStatus = 200 } of list.getEntries()) {
        if (changes.delete(name) && responseStatus === 200 && bytes > 0) {
            self.postMessage({ bytes });
        }
    }
    performance.clearResourceTimings();
}).observe({ type: "resource" });

// "This revision or a newer one". Only answers to `rev` are dictionaries, from which browsers are told
// the next board by what differs (RFC 9842); so the first one is asked for like the others.
const whichever = 1;

self.onmessage = async ({ data: request }) => {
    const answer = await ask(request).catch(() => ({ status: 0 }));
    answer.path = request.path;
    answer.asked = request.revision;
    self.postMessage(answer, answer.columns ? buffersOf(answer.columns) : []);
};

async function ask(request) {
    const { path, revision, etag, headers } = request;
    const patience = new Patience(silence);
    const address = addressOf(request);
    if (etag) {
        changes.add(address);
    }
    const answer = await fetch(address, {
        headers: etag && !revision ? { ...headers, "If-None-Match": etag } : headers,
        cache: etag ? "default" : "no-cache",
        signal: patience.signal,
    });
    const header = (name) => answer.headers.get(name);
    const text = await textOf(answer, patience);
    // By the database's clock, which revisions are of.
    const made = archive?.madeAt ?? Number(header("X-Scoreboard-Revision"));
    return {
        status: answer.status,
        revision: made,
        etag: header("ETag"),
        skew: etag && revision ? NaN : dateOf(answer) - Date.now(),
        retryAfter: Number(header("Retry-After")) * 1000,
        columns: answer.status === 200 ? takeApart(text, path, made) : null,
    };
}

function takeApart(text, path, made) {
    const { reader, names } = readerOf(path);
    const columns = columnsOf(reader.read(text), names);
    const { endsAt, freezesAt, frozen } = columns.competition;
    const until = [made, endsAt, frozen ? freezesAt : NaN].filter(Number.isFinite);
    columns.moved = movedSince(columns, Math.min(...until) - hour);
    return columns;
}

function addressOf({ path, revision }) {
    if (archive) {
        const [, board, division = "all"] = /^\/api\/([^?]*)(?:\?division=(.*))?$/.exec(path);
        return new URL(`../archive/${division}/${board.replace("/", "-")}.json`, import.meta.url);
    }
    const address = `${path}${path.includes("?") ? "&" : "?"}rev=${revision || whichever}`;
    return new URL(address, location.origin).href;
}

function readerOf(path) {
    readers.set(path, readers.get(path) ?? { reader: new Reader(), names: new Names() });
    return readers.get(path);
}

/* Each chunk is a sign of life. */
async function textOf({ body }, patience) {
    const parts = [];
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
        parts.push(part.value);
        patience.renew();
    }
    patience.end();
    return parts.join("");
}

/* A cache on the way says how old its answer is. */
function dateOf({ headers }) {
    return Date.parse(headers.get("Date")) + 1000 * Number(headers.get("Age"));
}

/* Gives up when nobody has renewed it for so long. */
class Patience {
    #control = new AbortController();
    #length;
    #timer = 0;

    constructor(length) {
        this.#length = length;
        this.renew();
    }

    get signal() {
        return this.#control.signal;
    }

    renew() {
        this.end();
        this.#timer = setTimeout(() => this.#control.abort(), this.#length);
    }

    end() {
        clearTimeout(this.#timer);
    }
}
