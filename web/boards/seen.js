/*
 * seen: what the challenges were worth when the viewer last looked, kept in this browser from one
 * visit to the next: {at, points: {id: points}}.
 */
const key = "scoreboard.seen";
const pause = 10 * 60 * 1000; // who comes back sooner had not gone

const last = stored();

/* null: never, as far as this browser knows. */
export function lastSeen() {
    return last;
}

export function remember(ranking, now) {
    const points = Object.fromEntries(ranking.challenges.map((c) => [c.id, c.points]));
    try {
        if (!last || now - last.at > pause) {
            localStorage.setItem(key, JSON.stringify({ at: now, points }));
        }
    } catch {
        // Then it is not kept.
    }
}

function stored() {
    try {
        const seen = JSON.parse(localStorage.getItem(key));
        return Number.isFinite(seen?.at) && typeof seen.points === "object" ? seen : null;
    } catch {
        return null;
    }
}
