/*
 * countdown: how long until the competition begins, or ends, and that it is over; on a big screen,
 * also what the clock says. By the server's clock.
 */
import { archive } from "../archive.js";
import { phaseOf } from "../boards/span.js";
import { clockTime, countdown, text } from "../text/text.js";
import { byId, setText } from "./dom.js";

export class Countdown {
    #now;
    #competition = null;

    /* `now()`: the server's clock. */
    constructor(now) {
        this.#now = now;
        setInterval(() => this.show(this.#competition), 1_000);
    }

    show(competition) {
        this.#competition = competition;
        setText(byId("countdown"), competition ? sentence(competition, this.#now()) : "");
        setText(byId("clock"), clockTime(this.#now()));
    }
}

function sentence(competition, now) {
    const { phase, next } = phaseOf(competition, now);
    if (phase === "over") {
        return text("over");
    }
    return Number.isFinite(next) && !archive
        ? text(phase === "before" ? "startsIn" : "endsIn", { countdown: countdown(next - now) })
        : "";
}
