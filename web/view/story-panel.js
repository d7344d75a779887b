/*
 * story-panel: a competitor's or a challenge's story, in a dialog over the page. Which one is in the
 * address (#team-5, #user-7, #challenge-9), which can be sent to others, and the browser's way back
 * closes it.
 */
import { lastSeen } from "../boards/seen.js";
import { storyOf } from "../boards/story.js";
import { fullTime, isolated, number, text, time } from "../text/text.js";
import { byId, element, setText } from "./dom.js";
import { tieLines } from "./row.js";
import { steps } from "./steps.js";

const day = 24 * 3600 * 1000;
const longest = 500; // solvers of a challenge

export class StoryPanel {
    #dialog = byId("story");
    #actions;
    #shown = null;
    #key = "";
    #members = false; // are unfolded
    #address = ""; // whose story was last filled in

    /* `actions`: {me(id), isMe(id), plot(id), see(kind), need()}: wantsUsers may have changed. */
    constructor(actions) {
        this.#actions = actions;
        addEventListener("hashchange", () => this.#follow());
        this.#dialog.addEventListener("close", () => {
            forgetAddress();
            this.#address = "";
            this.#actions.need();
        });
        byId("story-body").addEventListener("toggle", ({ target }) => this.#unfolded(target), true);
        this.#dialog.addEventListener("click", ({ target }) => {
            if (target === this.#dialog || target.closest(".close")) {
                this.#dialog.close();
            }
        });
        byId("story-pin").addEventListener("click", () => this.#act("me"));
        byId("story-plot").addEventListener("click", () => this.#act("plot"));
    }

    /*
     * The boards are new. `shown`: {kind, ranking, history, then, users, teams}: then: with past
     * values; rankings of all users and teams, null before somebody needed them.
     */
    show(shown) {
        this.#shown = shown;
        this.#follow();
    }

    /* A team's members are being looked at, or a challenge's values, which this board does not know. */
    get wantsUsers() {
        const { kind, history } = this.#shown ?? {};
        const isUnknown = history?.mayTellThen && !history.worth.isKnown;
        return this.#dialog.open && (leadsToChallenge() ? isUnknown : this.#members && kind === "teams");
    }

    #unfolded({ open }) {
        if (this.#members !== open) {
            this.#members = open;
            this.#actions.need();
        }
    }

    #act(action) {
        this.#actions[action](Number(this.#dialog.dataset.id));
        this.#key = "";
        this.#follow();
    }

    /* Where the address leads. */
    #follow() {
        const [, what, digits] = /^#(team|user|challenge)-(-?\d+)$/.exec(location.hash) ?? [];
        const id = Number(digits);
        if (!what || !this.#shown?.history) {
            this.#close();
            return;
        }
        if (what !== "challenge" && `${what}s` !== this.#shown.kind) {
            this.#actions.see(`${what}s`);
            return;
        }
        const { ranking } = this.#shown;
        const at =
            what === "challenge"
                ? ranking.challenges.findIndex((challenge) => challenge.id === id)
                : ranking.placeOf(id);
        if (at < 0) {
            this.#close();
        } else {
            this.#fill(what, at, id);
        }
    }

    #close() {
        if (this.#dialog.open) {
            this.#dialog.close();
        }
    }

    #fill(what, at, id) {
        const { ranking, history, then } = this.#shown;
        const isChallenge = what === "challenge";
        this.#dialog.dataset.id = id;
        setText(byId("story-title"), isChallenge ? ranking.challenges[at].title : ranking.name(at));
        byId("story-pin").hidden = byId("story-plot").hidden = isChallenge;
        byId("story-worth").hidden = isChallenge || !history.mayTellThen;
        setText(byId("story-pin"), text(this.#actions.isMe(id) ? "unpin" : "pin"));
        const parts = isChallenge
            ? challengeStory(ranking, history, at)
            : [...competitorStory(ranking, history, at, then), ...this.#team(at)];
        const key = location.hash + then + parts.map((part) => part.textContent).join();
        if (key !== this.#key) {
            this.#key = key;
            byId("story-body").replaceChildren(...parts);
        }
        if (!this.#dialog.open) {
            this.#dialog.showModal();
        }
        if (this.#address !== location.hash) {
            this.#address = location.hash;
            this.#actions.need();
        }
    }

    /* A user's team; a team's members. */
    #team(place) {
        const { kind, ranking, teams, users } = this.#shown;
        return kind === "users"
            ? teamPart(ranking.team(place), teams)
            : membersPart(ranking.id(place), users, this.#members);
    }
}

function leadsToChallenge() {
    return location.hash.startsWith("#challenge-");
}

function forgetAddress() {
    if (/^#(team|user|challenge)-/.test(location.hash)) {
        history.replaceState(null, "", location.pathname + location.search);
    }
}

/* --- A competitor ------------------------------------------------------------------------------ */

function competitorStory(ranking, history, place, then) {
    const { since, before, label } = baseline(ranking, history);
    const story = storyOf(ranking, history, place, before, since, then);
    const summary = [
        text("rankOf", { rank: ranking.rank(place), all: ranking.size }),
        text("points", { count: ranking.score(place) }),
        text("sizeSolves", { count: ranking.solveCount(place) }),
    ];
    return [
        ...[summary.join(" · "), ...tieLines(ranking, place)].map((line) =>
            element("p", { className: "summary", textContent: line }),
        ),
        ...fallsPart(ranking, story.falls, label),
        heading("rankOverTime"),
        rankChart(story.ranks, history.span),
        heading("solvesAndAwards"),
        gainList(ranking, story.gains.reverse()),
    ];
}

/* What to compare with: what the viewer last saw, or yesterday, where that is known. */
function baseline(ranking, history) {
    const seen = lastSeen();
    const yesterday = history.span.end - day;
    if (seen) {
        const before = (challenge) => seen.points[ranking.challenges[challenge].id] ?? NaN;
        return { since: seen.at, before, label: text("sinceSeen", { time: time(seen.at) }) };
    }
    const { worth } = history;
    const before = (challenge) => worth.at(ranking.challenges[challenge].id, yesterday);
    return { since: yesterday, before, label: text("sinceYesterday") };
}

function fallsPart(ranking, falls, label) {
    if (falls.length === 0) {
        return [];
    }
    const items = falls.map(({ challenge, from, to }) =>
        element("li", {
            textContent: text(to < from ? "fell" : "rose", {
                challenge: isolated(ranking.challenges[challenge].title),
                from,
                to,
                difference: signed(to - from),
            }),
        }),
    );
    const total = falls.reduce((sum, { from, to }) => sum + to - from, 0);
    return [
        element("h3", { textContent: `${label}: ${signed(total)}` }),
        element("ul", { className: "falls" }, ...items),
    ];
}

function gainList(ranking, gains) {
    return element(
        "ol",
        { className: "gains" },
        ...gains.map((gain) => (gain.solve < 0 ? awardItem(gain) : solveItem(ranking, gain))),
    );
}

function awardItem({ time: at, points, sum }) {
    const what = element("span", { className: "what", textContent: text("award") });
    return gainItem(at, "", what, "", points, sum);
}

function solveItem(ranking, { time: at, points, solve, sum }) {
    const challenge = ranking.challenges[ranking.challengeOf(solve)];
    const what = element(
        "a",
        { className: "what", href: `#challenge-${challenge.id}` },
        element("bdi", { textContent: challenge.title }),
    );
    return gainItem(at, bloodClass(ranking, solve), what, placeText(ranking, solve), points, sum);
}

function gainItem(at, className, what, place, points, sum) {
    return element(
        "li",
        { className },
        element("time", { textContent: time(at), title: fullTime(at) }),
        element("span", { className: "mark" }),
        what,
        element("span", { className: "place", textContent: place }),
        element("span", { className: "worth", textContent: signed(points) }),
        element("span", { className: "sum", textContent: number(sum) }),
    );
}

function rankChart(ranks, { start, end }) {
    const worst = Math.max(2, ...ranks.map(({ rank }) => rank));
    const points = ranks.map(({ time: at, rank }) => [at, worst - rank]);
    const { rank } = ranks.at(-1);
    const best = Math.min(...ranks.map((step) => step.rank));
    const label = text("rankChart", { rank, best, worst: Math.max(...ranks.map((s) => s.rank)) });
    return steps(points, { start, end, top: worst - 1, label });
}

function teamPart(id, teams) {
    if (!Number.isFinite(id)) {
        return [];
    }
    const place = teams?.placeOf(id) ?? -1;
    const name = element("bdi", { textContent: place < 0 ? `#${id}` : teams.name(place) });
    const link = element("a", { className: "what", href: `#team-${id}` }, name);
    return [heading("team"), element("p", {}, link)];
}

/* Folded until somebody asks: they are on another board, which may be large. */
function membersPart(id, users, open) {
    const members = users ? Array.from(users.names.keys()).filter((at) => users.team(at) === id) : [];
    const list = element("ol", { className: "gains" }, ...members.map((at) => memberItem(users, at)));
    const content = users ? list : element("p", { className: "summary", textContent: text("loading") });
    const summary = element("summary", { textContent: text("members") });
    return [element("details", { className: "members", open }, summary, content)];
}

function memberItem(users, place) {
    const name = element("bdi", { textContent: users.name(place) });
    return element(
        "li",
        {},
        element("a", { className: "what", href: hashOf(users, place) }, name),
        element("span", { className: "place", textContent: text("sizeSolves", { count: users.solveCount(place) }) }),
        element("span", { className: "worth", textContent: number(users.score(place)) }),
    );
}

/* --- A challenge ------------------------------------------------------------------------------- */

function challengeStory(ranking, history, challenge) {
    const { id, category, points } = ranking.challenges[challenge];
    const solves = ranking.solvesOf(challenge);
    const summary = [
        category,
        text("points", { count: points }),
        text("sizeSolves", { count: solves.length }),
    ];
    return [
        element("p", { className: "summary", textContent: summary.map(isolated).join(" · ") }),
        ...valuePart(history, id),
        heading(solves.length > 0 ? "solvers" : "notSolved"),
        element(
            "ol",
            { className: "gains" },
            ...solves.slice(0, longest).map((solve) => solverItem(ranking, solve)),
        ),
    ];
}

function valuePart({ worth, span: { start, end } }, id) {
    const values = worth.steps(id);
    if (values.length < 2) {
        return [];
    }
    const points = values.map((step) => [step.time, step.points]);
    const label = text("valueChart", { from: values[0].points, to: values.at(-1).points });
    return [heading("valueOverTime"), steps(points, { start, end, top: values[0].points, label })];
}

function solverItem(ranking, solve) {
    const place = ranking.whoOf(solve);
    const what = element(
        "a",
        { className: "what", href: hashOf(ranking, place) },
        element("bdi", { textContent: ranking.name(place) }),
    );
    return element(
        "li",
        { className: bloodClass(ranking, solve) },
        element("time", {
            textContent: time(ranking.timeOf(solve)),
            title: fullTime(ranking.timeOf(solve)),
        }),
        element("span", { className: "mark" }),
        what,
        element("span", { className: "place", textContent: placeText(ranking, solve) }),
        element("span", { className: "worth", textContent: signed(ranking.pointsOf(solve)) }),
    );
}

/* --- What both have ---------------------------------------------------------------------------- */

export function hashOf(ranking, place) {
    return `#${ranking.kind.slice(0, -1)}-${ranking.id(place)}`;
}

export function bloodClass(ranking, solve) {
    const blood = ranking.bloodOf(solve);
    return blood > 0 ? `blood-${blood}` : "";
}

/* "first blood", or "7th of 41" */
export function placeText(ranking, solve) {
    const blood = ranking.bloodOf(solve);
    return blood > 0
        ? text(`blood${blood}`)
        : text("placeTaken", {
              count: ranking.placeTaken(solve),
              all: ranking.solvers(ranking.challengeOf(solve)),
          });
}

function heading(key) {
    return element("h3", { textContent: text(key) });
}

function signed(points) {
    return (points < 0 ? "−" : "+") + number(Math.abs(points));
}
