/*
 * shared-holder: this tab's way to the SharedWorker that holds the stream, and to another when that
 * one is dead (the browser was short of memory, or it crashed), which nobody tells.
 *
 * A worker holds a Web Lock for its life; whoever waits for it gets it the moment that the worker is
 * no more. Where there are no locks, a worker that has not said a word for a while is asked for one,
 * and one that does not answer is dead.
 */
import { trusted } from "../trusted.js";

const interval = 5_000;
const doubt = 4; // intervals; a live stream has a comment every three
const despair = 6;

export class Holder {
    #name;
    #receive;
    #port = null;
    #silent = 0; // intervals without a word
    #waiting = null; // for its end

    constructor(name, receive) {
        this.#name = name;
        this.#receive = receive;
        this.attach();
        setInterval(() => this.#watch(), interval);
    }

    attach() {
        this.leave();
        const script = trusted(new URL("shared-worker.js", import.meta.url));
        const worker = new SharedWorker(script, { type: "module", name: this.#name });
        this.#silent = 0;
        this.#port = worker.port;
        this.#port.onmessage = ({ data }) => this.#heard(data);
    }

    leave() {
        this.#waiting?.abort();
        this.#port?.postMessage("bye");
        this.#port?.close();
    }

    check() {
        this.#port.postMessage("check");
    }

    #heard(data) {
        this.#silent = 0;
        if (data.life) {
            this.#await(data.life);
        } else {
            this.#receive(data);
        }
    }

    #await(life) {
        this.#waiting = new AbortController();
        const { signal } = this.#waiting;
        navigator.locks.request(life, { mode: "shared", signal }, () => this.attach()).catch(() => {});
    }

    /* Its script did not load, perhaps. */
    #watch() {
        this.#silent += 1;
        if (this.#silent === doubt) {
            this.check();
        } else if (this.#silent >= despair) {
            this.attach();
        }
    }
}
