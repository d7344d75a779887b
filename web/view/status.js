/*
 * status: the lamp, which says how late the boards on screen are. It is written anew each second,
 * out of what the stream, the fetches, the daemon and the browser know; it is not announced, since
 * it never rests.
 *
 *   Live · rebuilt 3s ago, 162B      a notice would reach us, and what is shown is the newest; so
 *                                    much was fetched for the last change
 *   Frozen · since 18:00, Final      likewise, and no later solve is shown, or will ever be
 *   Final · as of Feb 27, 20:00:00   an archive, which nothing can make older
 *   Late by 40s · the database does not answer   the daemon knows of changes that no board has yet,
 *                                                and why
 *   Boards late, retrying · stale since 12:03    there is a newer one that we could not get
 *   Checking every 10 s · rebuilt 3s ago         no stream comes through, but the server says that
 *                                                this is the newest
 *   Reconnecting, Offline · stale since 12:03    nobody tells us
 *
 * Paper says of when the boards are instead.
 */
import { archive } from "../archive.js";
import { phaseOf } from "../boards/span.js";
import { age, duration, fullTime, size, text, time } from "../text/text.js";
import { byId, setText } from "./dom.js";

const silence = 45_000; // without a sign of life a stream is not live, whatever its holder believes
const gap = 3_000; // a stream ends after its time (`lifetime`), with a last word, and is there again at once
const patience = 5_000; // a newer board may be under way for so long
const healthHolds = 45_000;
const pollHolds = 30_000;

/* What the daemon gives as reasons (daemon/pages.c); of others nothing is said. */
const reasons = {
    database: "lateDatabase",
    redis: "lateRedis",
    disk: "lateDisk",
    rebuild: "lateRebuild",
    busy: "lateBusy",
};

export class Status {
    #stream = { phase: "connecting", heard: 0 };
    #boards = { revision: 0, due: 0, skew: 0, bytes: 0 };
    #competition = null;
    #health = { told: 0, lateSince: 0, reason: "" }; // told: when; lateSince 0: it is not late
    #known = 0; // when we last knew that what is shown is the newest
    #skew = 0; // the server's clock less ours

    constructor() {
        this.show();
        setInterval(() => this.show(), 1_000);
        addEventListener("beforeprint", () => this.#print());
        addEventListener("afterprint", () => this.show());
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

    set competition(competition) {
        this.#competition = competition;
        this.show();
    }

    /* What the daemon says of itself. Older ones say only that something is due. */
    set health({ late_ms, dirty, reason, postgres }) {
        const now = Date.now();
        const since = late_ms > 0 ? now - late_ms : this.#health.lateSince || now;
        const isLate = late_ms === undefined ? dirty === true : late_ms > 0;
        this.#health = {
            told: now,
            lateSince: isLate ? since : 0,
            reason: reason ?? (postgres === "down" ? "database" : ""),
        };
        this.show();
    }

    /* The stream would tell us of a change. */
    get isLive() {
        const { phase, heard } = this.#stream;
        return navigator.onLine && Date.now() - heard < (phase === "live" ? silence : gap);
    }

    /* An archive's clock stands. */
    get serverNow() {
        return archive?.madeAt ?? Date.now() + this.#skew;
    }

    show() {
        const [lamp, state, detail, fresh] = this.#judge();
        if (fresh && this.#boards.revision > 0) {
            this.#known = Date.now();
        }
        const box = byId("status");
        box.dataset.lamp = lamp;
        box.dataset.revision = this.#boards.revision;
        this.#write(state, this.#boards.revision > 0 ? detail : "");
    }

    #print() {
        const { frozen, freezesAt } = this.#competition ?? {};
        const made = frozen ? freezesAt : (archive?.madeAt ?? this.#boards.revision);
        this.#write(this.#phase()?.[1] ?? "", text("asOf", { time: fullTime(made) }));
    }

    #write(state, detail) {
        setText(document.querySelector("#status .state"), state);
        setText(document.querySelector("#status .detail"), detail);
    }

    /* [colour, word, more, is what we show the newest that the server has?] */
    #judge() {
        const { due, revision } = this.#boards;
        if (archive) {
            return ["final", text("final"), text("asOf", { time: fullTime(archive.madeAt) }), true];
        }
        if (!navigator.onLine) {
            return this.#stale("dead", "offline");
        }
        if (due > 0 && Date.now() - due > patience) {
            return this.#stale("late", "retrying");
        }
        if (this.isLive) {
            return this.#late() ?? this.#phase() ?? this.#fresh("live", "live");
        }
        if (Date.now() - this.#health.told < pollHolds) {
            return this.#late() ?? this.#fresh("polling", "polling");
        }
        return this.#stale("late", revision > 0 ? "reconnecting" : "connecting");
    }

    #fresh(lamp, state) {
        return [lamp, text(state), this.#rebuilt(), true];
    }

    #rebuilt() {
        const { revision, bytes } = this.#boards;
        const since = text("rebuilt", { age: age(this.serverNow - revision) });
        return bytes > 0 ? `${since}, ${size(bytes)}` : since;
    }

    #stale(lamp, state) {
        const since = this.#known || this.#boards.revision - this.#skew;
        return [lamp, text(state), text("staleSince", { time: time(since, true) }), false];
    }

    /* A change is rebuilt within seconds; null while that is so. */
    #late() {
        const { told, lateSince, reason } = this.#health;
        const late = Date.now() - lateSince;
        if (lateSince === 0 || late < patience || Date.now() - told > healthHolds) {
            return null;
        }
        const why = Object.hasOwn(reasons, reason) ? text(reasons[reason]) : this.#rebuilt();
        return ["late", text("lateBy", { duration: duration(late) }), why, true];
    }

    /* The end has passed, or the freeze, of which not all may have been told when it ended. */
    #phase() {
        if (!this.#competition) {
            return null;
        }
        const { frozen, freezesAt, endsAt } = this.#competition;
        if (frozen) {
            return ["frozen", text("frozen"), text("since", { time: time(freezesAt) }), true];
        }
        return phaseOf(this.#competition, this.serverNow).phase === "over"
            ? ["final", text("final"), text("since", { time: time(endsAt) }), true]
            : null;
    }
}
