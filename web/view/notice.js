/*
 * notice: the one strip under the page's head that says, in large letters, why the boards are not
 * what one would think: the staff's, frozen, not begun, not open.
 */
import { phaseOf } from "../boards/span.js";
import { forStaff } from "../settings.js";
import { fullTime, text } from "../text/text.js";
import { byId, setText } from "./dom.js";

/* `state`: {competition, now, closed}. */
export function showNotice(state) {
    const box = byId("notice");
    const [kind, sentence] = noticeOf(state) ?? ["", ""];
    box.hidden = kind === "";
    box.dataset.kind = kind;
    setText(box, sentence);
}

function noticeOf({ competition, now, closed }) {
    if (forStaff) {
        return ["staff", text("staffBoards")];
    }
    if (closed) {
        return ["closed", text("closed")];
    }
    if (!competition) {
        return null;
    }
    const { phase, next } = phaseOf(competition, now);
    if (phase === "before") {
        return ["before", text("startsAt", { time: fullTime(next) })];
    }
    return competition.frozen
        ? ["frozen", text("frozenSince", { time: fullTime(competition.freezesAt) })]
        : null;
}
