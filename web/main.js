/*
 * The page, from the stream to the eye:
 *
 *   stream/    a notice says that there is a revision; all tabs share one connection
 *   boards/    what is on screen is fetched, taken apart by a worker, and becomes a Ranking; its
 *              History says what it was at each time, a story why
 *   view/      these are drawn; names reach the document as text alone
 *   text/      the words of each language
 *   settings   what the viewer chose
 *   organiser  what the organiser chose
 *
 * Nothing flows back, except that what is on screen decides what is fetched.
 */
import { archive } from "./archive.js";
import { changesBetween } from "./boards/changes.js";
import { History } from "./boards/history.js";
import { Ranking } from "./boards/ranking.js";
import { Refresher } from "./boards/refresher.js";
import { remember } from "./boards/seen.js";
import { chooseDivision, division, forStaff, me, onChoice, setMe, setting, top } from "./settings.js";
import { refuseToken } from "./staff.js";
import { startPoll } from "./stream/poll.js";
import { followStream } from "./stream/shared.js";
import { text } from "./text/text.js";
import { announce, announceChanges } from "./view/announcer.js";
import { bindChoices, markChoice } from "./view/choices.js";
import { Countdown } from "./view/countdown.js";
import { showDivisions } from "./view/divisions.js";
import { byId, setText } from "./view/dom.js";
import { Lines } from "./view/lines.js";
import { showNotice } from "./view/notice.js";
import { ProgressPanel } from "./view/progress-panel.js";
import { RankingTable } from "./view/ranking-table.js";
import { showBloods, startScreen } from "./view/screen.js";
import { Search } from "./view/search.js";
import { Status } from "./view/status.js";
import { StoryPanel } from "./view/story-panel.js";

const paths = { teams: "/api/leaderboard/teams", users: "/api/leaderboard" };
const view = setting("view");
const often = 10_000; // where no stream comes through, health is asked for new boards
const seldom = 20_000; // else for how late they are
const minute = 60_000;

bindChoices();

const boards = new Map(); // path -> {ranking, history}
let kind = setting("board") === "users" ? "users" : "teams";
let closed = false;
let progress = 0; // what will draw it; 0: it is drawn

const status = new Status();
const countdown = new Countdown(() => status.serverNow);
const lines = new Lines();
const search = new Search();
const panel = new ProgressPanel(announce);
const story = new StoryPanel({
    me: togglePin,
    isMe: (id) => me(kind) === id,
    plot: togglePlot,
    see: switchTo,
    need: () => refresher.show(boardsOnScreen()),
});
const table = new RankingTable(byId("ranking"), {
    view,
    top: top() ?? (view === "screen" ? 40 : Infinity),
    plot: togglePlot,
    pin: togglePin,
});

// --- From the stream to the boards ---------------------------------------------------------------

const refresher = new Refresher({
    deliver: take,
    refuse: refused,
    report: (report) => {
        status.boards = report;
    },
});
const stream = archive ? null : follow();

function follow() {
    startPoll(
        () => (status.isLive ? seldom : often),
        (health) => {
            status.health = health;
            refresher.want(health.revision);
        },
        () => status.isLive || refresher.ask(),
    );
    return followStream((state) => {
        status.stream = state;
        refresher.want(state.revision);
    });
}

function pathOf(of) {
    return division() === "" ? paths[of] : `${paths[of]}?division=${division()}`;
}

/* What all users have done is fetched where it is shown, or tells what challenges were worth. */
function boardsOnScreen() {
    if (document.hidden) {
        return [];
    }
    const { ranking } = shown();
    const then = setting("worth") === "then" && ranking.values.includes(null);
    return then || story.wantsUsers ? [...new Set([pathOf(kind), paths.users])] : [pathOf(kind)];
}

function take(path, columns, names) {
    const before = boards.get(path)?.ranking;
    const of = path.startsWith(paths.teams) ? "teams" : "users";
    const ranking = new Ranking(columns, names, of);
    boards.set(path, { ranking, history: historyOf(ranking) });
    if (boardsOnScreen().length > 1 && !boards.has(paths.users)) {
        refresher.show(boardsOnScreen());
    }
    if (path !== pathOf(kind)) {
        const own = boards.get(pathOf(kind));
        if (own && path === paths.users) {
            own.history = historyOf(own.ranking);
            draw(null);
        }
        return;
    }
    closed = false;
    if (of === "teams" && ranking.size === 0 && setting("board") === "auto" && !division()) {
        switchTo("users");
    } else {
        draw(before && changesBetween(before, ranking));
    }
}

function historyOf(ranking) {
    return new History(ranking, status.serverNow, boards.get(paths.users)?.ranking ?? null);
}

/* A board that is not open is not on screen either; a division that is no more is not chosen. */
function refused(path, code) {
    if (code === 401 && forStaff) {
        refuseToken();
    }
    if (path !== pathOf(kind)) {
        return;
    }
    if (code === 404 && division() !== "") {
        chooseDivision("");
    } else if (code === 403) {
        closed = true;
        boards.clear();
        draw(null);
    }
}

// --- From the boards to the eye ------------------------------------------------------------------

function shown() {
    const { ranking, history } = boards.get(pathOf(kind)) ?? { ranking: Ranking.empty, history: null };
    return { ranking, history, then: setting("worth") === "then" && history?.worth.isKnown === true };
}

function draw(changes) {
    const { ranking } = shown();
    const places = search.find(ranking, byId("search").value);
    showCompetition(ranking.competition);
    showDivisions(ranking.divisions);
    lines.of(ranking, kind); // first, since the lines' colours are decided there
    drawProgressSoon();
    table.show(ranking, { kind, places, colours: lines.colours, me: me(kind) }, changes);
    showSize(ranking);
    const all = (path) => boards.get(path)?.ranking ?? null;
    story.show({ kind, ...shown(), users: all(paths.users), teams: all(paths.teams) });
    if (changes) {
        announceChanges(ranking, changes);
    }
    if (changes && view === "screen") {
        showBloods(ranking, changes);
    }
}

/* Once the rows are painted: both at once would hold up a phone's fingers for too long. */
function drawProgressSoon() {
    progress ||= requestAnimationFrame(() => setTimeout(drawProgress));
}

function drawProgress() {
    progress = 0;
    const { ranking, history } = shown();
    history?.goOn(status.serverNow);
    panel.show(shown(), lines.of(ranking, kind), view);
    byId("top-ten").hidden = !lines.isPicked(kind);
}

function showCompetition(competition) {
    status.competition = competition;
    countdown.show(competition);
    showNotice({ competition, now: status.serverNow, closed });
}

function showSize(ranking) {
    const found = { count: table.count, all: ranking.size };
    setText(byId("size"), table.count < ranking.size ? text("matches", found) : sizeOf(ranking));
    const empty = byId("ranking-empty");
    empty.hidden = table.count > 0 || closed;
    setText(empty, text(!shown().history ? "loading" : ranking.size > 0 ? "noMatch" : "nobody"));
}

function sizeOf(ranking) {
    const count = (key, number) => text(key, { count: number });
    return text("size", {
        competitors: count(kind === "teams" ? "sizeTeams" : "sizeUsers", ranking.size),
        challenges: count("sizeChallenges", ranking.challenges.length),
        solves: count("sizeSolves", ranking.solveTotal),
    });
}

// --- What the viewer does ------------------------------------------------------------------------

function togglePlot(id) {
    lines.toggle(shown().ranking, kind, id);
    draw(null);
}

function togglePin(id) {
    setMe(kind, me(kind) === id ? null : id);
    draw(null);
}

function findMe() {
    byId("search").value = "";
    draw(null);
    if (me(kind) !== null && shown().ranking.placeOf(me(kind)) >= 0) {
        table.reveal(me(kind));
    } else {
        byId("search").focus();
        announce(text("findMeHint"));
    }
}

function switchTo(chosen) {
    kind = chosen;
    showKind();
    refresher.show(boardsOnScreen());
    draw(null);
}

function showKind() {
    markChoice(document.querySelector("[data-setting=board]"), kind);
}

byId("search").addEventListener("input", () => {
    byId("ranking").scrollTop = 0;
    draw(null);
});
byId("find-me").addEventListener("click", findMe);
byId("top-ten").addEventListener("click", () => {
    lines.reset(kind);
    draw(null);
});

onChoice((name) => {
    if (name === "lang" || name === "zone") {
        location.reload();
    } else if (name === "board") {
        switchTo(setting("board"));
    } else {
        showKind();
        refresher.show(boardsOnScreen());
        panel.redraw();
        draw(null);
    }
});

// --- What the world does -------------------------------------------------------------------------

document.addEventListener("visibilitychange", () => {
    refresher.show(boardsOnScreen());
    if (!document.hidden) {
        stream?.check();
    } else if (!forStaff) {
        remember(shown().ranking, Date.now());
    }
});
addEventListener("online", () => {
    status.show();
    stream?.check();
    refresher.retry();
});
addEventListener("offline", () => status.show());
setInterval(() => {
    if (!document.hidden) {
        drawProgress(); // its lines go on
        showCompetition(shown().ranking.competition);
    }
}, minute / 4);

showKind();
if (view === "screen") {
    startScreen(byId("ranking"));
}
refresher.show(boardsOnScreen());
