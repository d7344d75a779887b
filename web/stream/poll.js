/*
 * poll: what the daemon says of its own health: how late its boards are, which a stream does not
 * tell, and the newest revision, where streams cannot pass. Only where that cannot be had are the
 * boards themselves asked for (which answer 304 when nothing changed).
 */
import { fetchAsStaff } from "../staff.js";

const deadline = 8_000;

/* Asks every `pause()` milliseconds, spread; calls `found(health)`, or `lost()` without an answer. */
export function startPoll(pause, found, lost) {
    setTimeout(
        async () => {
            if (!document.hidden) {
                await health().then(found, lost);
            }
            startPoll(pause, found, lost);
        },
        pause() * (0.75 + Math.random() / 2),
    );
}

async function health() {
    const answer = await fetchAsStaff("/api/scoreboard/health", {
        cache: "no-store",
        signal: AbortSignal.timeout(deadline),
    });
    if (!answer.ok) {
        throw new Error(`health answered ${answer.status}`);
    }
    return answer.json();
}
