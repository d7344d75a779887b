/*
 * connection: the one connection to /api/scoreboard/stream, for as long as anybody listens. It is
 * opened, watched, and opened again.
 *
 * It reads the stream with fetch. EventSource would hide the comments that the daemon writes every
 * 15 s, and they alone tell a quiet competition from a dead connection (after sleep, behind a
 * router that forgot us); and it gives up for good on any status but 200.
 *
 * Whoever listens is told the whole state at each change and at each sign of life:
 *
 *   phase     "connecting", "live" (the daemon has greeted us), "waiting" (before another attempt)
 *   heard     when the server was last heard while live; 0: never
 *   revision  the newest that we were told of; 0: none yet
 *
 * Times are milliseconds of this computer's clock.
 */
import { Parser } from "./parser.js";

const silenceLimit = 40_000; // two comments missed
const greetingLimit = 15_000; // a proxy that holds the stream back shows like this
const watchInterval = 5_000;
const longestWait = 30_000;

export class Connection {
    #url;
    #tell;
    #fetch;
    #state = { phase: "connecting", heard: 0, revision: 0 };
    #attempt = null; // aborts the request under way
    #opened = 0; // when that began
    #timer = 0; // of the next attempt
    #retry = 2_000; // as the server asks, spread by the server itself
    #failures = 0; // attempts since the last greeting
    #watcher = 0;

    /* `ask`: as fetch(), for who must say who he is. */
    constructor(url, tell, ask = (...request) => fetch(...request)) {
        this.#url = url;
        this.#tell = tell;
        this.#fetch = ask;
        this.#watcher = setInterval(() => this.#watch(), watchInterval);
        this.#open();
    }

    /* For good. */
    close() {
        clearInterval(this.#watcher);
        clearTimeout(this.#timer);
        this.#attempt?.abort();
        this.#attempt = null;
    }

    /* For those who come later, or have a reason to doubt: tells the state, and that it holds. */
    check() {
        if (this.#state.phase === "waiting" || this.#silence() > silenceLimit / 2) {
            this.#open();
        }
        this.#tell({ ...this.#state });
    }

    async #open() {
        clearTimeout(this.#timer);
        this.#attempt?.abort();
        const attempt = new AbortController();
        this.#attempt = attempt;
        this.#opened = Date.now();
        this.#become("connecting");
        try {
            await this.#follow(attempt.signal);
        } catch {
            // However it ended, the answer is the same.
        }
        if (this.#attempt === attempt) {
            this.#wait();
        }
    }

    async #follow(signal) {
        const headers = { Accept: "text/event-stream" };
        if (this.#state.revision > 0) {
            headers["Last-Event-ID"] = String(this.#state.revision);
        }
        const answer = await this.#fetch(this.#url, { headers, signal, cache: "no-store" });
        if (!answer.ok || !/^text\/event-stream\b/.test(answer.headers.get("Content-Type"))) {
            throw new Error(`the stream answered ${answer.status}`);
        }
        const parser = new Parser();
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
            this.#take(parser.feed(part.value));
        }
    }

    /* Also without an event in it, what came is a sign of life. */
    #take(events) {
        for (const event of events) {
            if (event.retry) {
                this.#retry = Number(event.retry);
            }
            if (event.type === "ready" || event.type === "scoreboard") {
                this.#failures = 0;
                this.#state.revision = Number(event.id || this.#state.revision);
                this.#state.heard = Date.now();
                this.#become("live");
            }
        }
        if (this.#state.phase === "live") {
            this.#state.heard = Date.now();
            this.#tell({ ...this.#state });
        }
    }

    /* Half to one and a half times what the server asks, which it has spread already. */
    #wait() {
        const wait = Math.min(longestWait, this.#retry * 2 ** Math.min(this.#failures, 10));
        this.#failures += 1;
        this.#become("waiting");
        this.#timer = setTimeout(() => this.#open(), wait * (0.5 + Math.random()));
    }

    /*
     * Timers stop while a computer sleeps; the first one afterwards finds the long silence. Whoever
     * keeps silent is left alone for longer and longer, like one who refuses.
     */
    #watch() {
        if (this.#silence() > (this.#state.phase === "live" ? silenceLimit : greetingLimit)) {
            this.#attempt?.abort();
        }
    }

    #silence() {
        const { phase, heard } = this.#state;
        return phase === "waiting" ? 0 : Date.now() - (phase === "live" ? heard : this.#opened);
    }

    #become(phase) {
        this.#state.phase = phase;
        this.#tell({ ...this.#state });
    }
}
