/*
 * The page, from the stream to the eye:
 *
 *   stream/    a notice says that there is a revision; all tabs share one connection
 *   boards/    what is on screen is fetched, taken apart by a worker, and becomes a Ranking and a
 *              Progress
 *   view/      these are drawn; names reach the document as text alone
 *   text/      the words of each language
 *   settings   what the viewer chose
 *
 * Nothing flows back, except that what is on screen decides what is fetched.
 */
import { changesBetween } from "./boards/changes.js";
import { Progress } from "./boards/progress.js";
import { Ranking } from "./boards/ranking.js";
import { Refresher } from "./boards/refresher.js";
import { me, onChoice, setMe, setting, top } from "./settings.js";
import { startPoll } from "./stream/poll.js";
import { followStream } from "./stream/shared.js";
import { fillTexts, text } from "./text/text.js";
import { announce, announceChanges } from "./view/announcer.js";
import { bindChoices, markChoice } from "./view/choices.js";
import { byId, setText } from "./view/dom.js";
import { Lines } from "./view/lines.js";
import { ProgressPanel } from "./view/progress-panel.js";
import { RankingTable } from "./view/ranking-table.js";
import { showFirstBloods, startScreen } from "./view/screen.js";
import { Search } from "./view/search.js";
import { Status } from "./view/status.js";

const boardsOf = {
    teams: { ranking: "/api/leaderboard/teams", progress: "/api/timeline/teams" },
    users: { ranking: "/api/leaderboard", progress: "/api/timeline" },
};
const view = setting("view");
const oneAtATime = matchMedia("(max-width: 760px)"); // as css/page.css has it

fillTexts(document);
bindChoices();

const rankings = { teams: null, users: null };
const progresses = { teams: null, users: null };
let kind = setting("board") === "users" ? "users" : "teams";

const status = new Status();
const lines = new Lines();
const search = new Search();
const panel = new ProgressPanel(announce);
const table = new RankingTable(byId("ranking"), {
    view,
    top: top() ?? (view === "screen" ? 40 : Infinity),
    plot: togglePlot,
    pin: togglePin,
});

// --- From the stream to the boards ---------------------------------------------------------------

const refresher = new Refresher(take, (report) => {
    status.boards = report;
});
const stream = followStream((state) => {
    status.stream = state;
    refresher.want(state.revision);
});
startPoll(
    () => !document.hidden && !status.isLive,
    (revision) => {
        status.polled();
        refresher.want(revision);
    },
    () => refresher.ask(),
);

function boardsOnScreen() {
    const { ranking, progress } = boardsOf[kind];
    const showsProgress = view !== "embed" && setting("graph") !== "hidden";
    if (document.hidden) {
        return [];
    }
    if (oneAtATime.matches && view === "page") {
        return setting("panel") === "ranking" ? [ranking] : [ranking, progress];
    }
    return showsProgress ? [ranking, progress] : [ranking];
}

function take(path, columns) {
    const of = Object.values(boardsOf.teams).includes(path) ? "teams" : "users";
    if (path === boardsOf[of].progress) {
        progresses[of] = new Progress(columns);
        drawProgress();
        return;
    }
    const before = rankings[of];
    rankings[of] = new Ranking(columns);
    if (of !== kind) {
        return;
    }
    if (of === "teams" && rankings[of].size === 0 && setting("board") === "auto") {
        switchTo("users");
    } else {
        draw(before && changesBetween(before, rankings[of]));
    }
}

// --- From the boards to the eye ------------------------------------------------------------------

function draw(changes) {
    const ranking = rankings[kind] ?? Ranking.empty;
    const places = search.find(ranking, byId("search").value);
    drawProgress(); // first, since the lines' colours are decided there
    table.show(ranking, { kind, places, colours: lines.colours, me: me(kind) }, changes);
    showSize(ranking);
    if (changes) {
        announceChanges(ranking, changes);
    }
    if (changes && view === "screen") {
        showFirstBloods(ranking, changes);
    }
}

function drawProgress() {
    const ranking = rankings[kind] ?? Ranking.empty;
    panel.show(progresses[kind], ranking, lines.of(ranking, kind), status.serverNow);
    byId("top-ten").hidden = !lines.isPicked(kind);
}

function showSize(ranking) {
    const found = { count: table.count, all: ranking.size };
    setText(byId("size"), table.count < ranking.size ? text("matches", found) : sizeOf(ranking));
    const empty = byId("ranking-empty");
    empty.hidden = table.count > 0;
    setText(empty, text(!rankings[kind] ? "loading" : ranking.size > 0 ? "noMatch" : "nobody"));
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
    lines.toggle(rankings[kind], kind, id);
    draw(null);
}

function togglePin(id) {
    setMe(kind, me(kind) === id ? null : id);
    draw(null);
}

function findMe() {
    byId("search").value = "";
    draw(null);
    if (me(kind) !== null && rankings[kind]?.placeOf(me(kind)) >= 0) {
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

oneAtATime.addEventListener("change", () => refresher.show(boardsOnScreen()));
document.addEventListener("visibilitychange", () => {
    refresher.show(boardsOnScreen());
    if (!document.hidden) {
        stream.check();
    }
});
addEventListener("online", () => {
    status.show();
    stream.check();
    refresher.retry();
});
addEventListener("offline", () => status.show());

showKind();
if (view === "screen") {
    startScreen(byId("ranking"));
}
refresher.show(boardsOnScreen());
