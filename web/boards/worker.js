/*
 * worker: fetches a board and takes it apart, away from the page's own thread, which has rows to
 * move. One request in, one answer out:
 *
 *   {path, revision, etag}   revision: this one or a newer one; 0: whichever is current
 *   {path, asked, status, revision, etag, skew, retryAfter, columns}
 *
 * asked: the revision that was; status 0: there was no answer; skew: the server's clock less ours,
 * NaN where the browser's cache may have answered, whose Date is an old one. A board's first read
 * passes it by, so that a page always gets to know.
 */
import { buffersOf, columnsOf } from "./columns.js";

const deadline = 60_000;

// "This revision or a newer one". Only answers to `rev` are dictionaries, from which browsers are told
// the next board by what differs (RFC 9842); so the first one is asked for like the others.
const whichever = 1;

self.onmessage = async ({ data: request }) => {
    const answer = await ask(request).catch(() => ({ status: 0 }));
    answer.path = request.path;
    answer.asked = request.revision;
    self.postMessage(answer, answer.columns ? buffersOf(answer.columns) : []);
};

async function ask({ path, revision, etag }) {
    const answer = await fetch(`${path}?rev=${revision || whichever}`, {
        headers: etag && !revision ? { "If-None-Match": etag } : {},
        cache: etag ? "default" : "no-cache",
        signal: AbortSignal.timeout(deadline),
    });
    const header = (name) => answer.headers.get(name);
    return {
        status: answer.status,
        revision: Number(header("X-Scoreboard-Revision")),
        etag: header("ETag"),
        skew: etag && revision ? NaN : dateOf(answer) - Date.now(),
        retryAfter: Number(header("Retry-After")) * 1000,
        columns: answer.status === 200 ? columnsOf(await answer.json()) : null,
    };
}

/* A cache on the way says how old its answer is. */
function dateOf({ headers }) {
    return Date.parse(headers.get("Date")) + 1000 * Number(headers.get("Age"));
}
