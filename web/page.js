// The four boards as plain tables, fetched anew at each notice of the stream.

const boards = {
    "teams": ["/api/leaderboard/teams", leaderboardRows],
    "users": ["/api/leaderboard", leaderboardRows],
    "timeline-teams": ["/api/timeline/teams", timelineRows],
    "timeline-users": ["/api/timeline", timelineRows],
};

const rowsShown = 100;

function leaderboardRows({ entries }) {
    return entries.slice(0, rowsShown).map((entry, index) =>
        [index + 1, entry.team_name ?? entry.username, entry.score, entry.solves.length]);
}

function timelineRows({ submissions }) {
    return submissions.slice(-rowsShown).reverse().map((row) =>
        [new Date(row.timestamp).toLocaleString(), row.team_name ?? row.username, row.points,
            row.challenge_count]);
}

function tableRow(texts) {
    const row = document.createElement("tr");
    for (const text of texts) {
        row.insertCell().textContent = text;
    }
    return row;
}

async function refresh(revision) {
    for (const [id, [url, rowsOf]] of Object.entries(boards)) {
        const answer = await fetch(revision ? `${url}?rev=${revision}` : url);
        if (answer.ok) {
            const rows = rowsOf(await answer.json());
            document.getElementById(id).tBodies[0].replaceChildren(...rows.map(tableRow));
        }
    }
}

const state = document.getElementById("state");
const stream = new EventSource("/api/scoreboard/stream");
stream.onopen = () => { state.textContent = "live"; };
stream.onerror = () => { state.textContent = "reconnecting"; };
stream.addEventListener("ready", (event) => refresh(event.lastEventId));
stream.addEventListener("scoreboard", (event) => refresh(event.lastEventId));
