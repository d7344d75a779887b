/*
 * status: says honestly how the boards on screen are. It is written anew each second, out of what
 * the stream, the fetches and the browser know; it is not announced, since it never rests.
 *
 *   Live · rebuilt 3s ago            a notice would reach us, and what is shown is the newest
 *   Boards late, retrying · stale since 12:03    there is a newer one that we could not get
 *   Checking every 10 s · rebuilt 3s ago         no stream comes through, but the server says that
 *                                                this is the newest
 *   Reconnecting, Offline · stale since 12:03    nobody tells us
 */
import { age, text, time } from "../text/text.js";
import { byId, setText } from "./dom.js";

const silence = 45_000; // without a sign of life a stream is not live, whatever its holder believes
const patience = 5_000; // a newer board may be under way for so long
const pollHolds = 30_000;

export class Status {
    #stream = { phase: "connecting", heard: 0 };
    #boards = { revision: 0, due: 0, skew: 0 };
    #polled = 0; // when the server last answered that it is well
    #known = 0; // when we last knew that what is shown is the newest
    #skew = 0; // the server's clock less ours

    constructor() {
        this.show();
        setInterval(() => this.show(), 1_000);
    }

    set stream(state) {
        this.#stream = state;
        this.show();
    }

    set boards(report) {
        this.#boards = report;
        this.#skew = Math.abs(report.skew) > 1_500 ? report.skew : 0; // it counts whole seconds
        this.show();
    }

    polled() {
        this.#polled = Date.now();
        this.show();
    }

    /* The stream would tell us of a change. */
    get isLive() {
        return (
            navigator.onLine &&
            this.#stream.phase === "live" &&
            Date.now() - this.#stream.heard < silence
        );
    }

    get serverNow() {
        return Date.now() + this.#skew;
    }

    show() {
        const [lamp, state, fresh] = this.#judge();
        if (fresh && this.#boards.revision > 0) {
            this.#known = Date.now();
        }
        const box = byId("status");
        box.dataset.lamp = lamp;
        box.dataset.revision = this.#boards.revision;
        setText(box.querySelector(".state"), text(state));
        setText(box.querySelector(".detail"), this.#detail(fresh));
    }

    /* [colour, word, is what we show the newest?] */
    #judge() {
        const { due } = this.#boards;
        if (!navigator.onLine) {
            return ["dead", "offline", false];
        }
        if (due > 0 && Date.now() - due > patience) {
            return ["late", "retrying", false];
        }
        if (this.isLive) {
            return ["live", "live", true];
        }
        if (Date.now() - this.#polled < pollHolds) {
            return ["polling", "polling", true];
        }
        return ["late", this.#boards.revision > 0 ? "reconnecting" : "connecting", false];
    }

    #detail(fresh) {
        if (this.#boards.revision === 0) {
            return "";
        }
        return fresh
            ? text("rebuilt", { age: age(this.serverNow - this.#boards.revision) })
            : text("staleSince", {
                  time: time(this.#known || this.#boards.revision - this.#skew, true),
              });
    }
}
