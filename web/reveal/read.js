/*
 * read: a board of each kind, once: the public's, which is frozen, and the staff's, which is final.
 * A reveal follows nothing that happens while it goes on.
 */
import { columnsOf } from "../boards/columns.js";
import { Names } from "../boards/names.js";
import { numbersKept } from "../boards/numbers.js";
import { Ranking } from "../boards/ranking.js";
import { division, setting } from "../settings.js";
import { fetchAsStaff } from "../staff.js";

const paths = { teams: "/api/leaderboard/teams", users: "/api/leaderboard" };
const pause = 3_000;

/*
 * Two rankings {frozen, final}, of the teams, where there are any. wait(status) is told of each
 * failure: 403: the public sees no board; 0: no answer.
 */
export async function readBoards(wait) {
    const kind = setting("board") === "users" ? "users" : "teams";
    const boards = await readBoth(kind, wait);
    return setting("board") === "auto" && boards.final.size === 0 ? readBoth("users", wait) : boards;
}

async function readBoth(kind, wait) {
    for (;;) {
        try {
            const final = await read(kind, fetchAsStaff);
            return { final, frozen: await read(kind, fetch) };
        } catch ({ status }) {
            wait(status ?? 0);
            await new Promise((resolve) => setTimeout(resolve, pause));
        }
    }
}

async function read(kind, ask) {
    const path = division() === "" ? paths[kind] : `${paths[kind]}?division=${division()}`;
    const answer = await ask(path, { cache: "no-store" });
    if (!answer.ok) {
        throw Object.assign(new Error(`${path} answered`), { status: answer.status });
    }
    const columns = columnsOf(numbersKept(await answer.text()), new Names());
    const names = new Map(columns.newIds.map((id, at) => [id, columns.newNames[at]]));
    return new Ranking(columns, names, kind);
}
