/*
 * poll: how a page hears of new boards when streams cannot pass: every ten seconds, spread, it asks
 * the daemon's health for the newest revision. Only where that cannot be had does it ask for the
 * boards themselves (which answer 304 when nothing changed).
 */
const pause = 10_000;
const deadline = 8_000;

/* Asks while `isNeeded()`; calls `found(revision)`, or `lost()` when the daemon does not answer. */
export function startPoll(isNeeded, found, lost) {
    setTimeout(
        async () => {
            if (isNeeded()) {
                await health().then(found, lost);
            }
            startPoll(isNeeded, found, lost);
        },
        pause * (0.75 + Math.random() / 2),
    );
}

async function health() {
    const answer = await fetch("/api/scoreboard/health", {
        cache: "no-store",
        signal: AbortSignal.timeout(deadline),
    });
    if (!answer.ok) {
        throw new Error(`health answered ${answer.status}`);
    }
    return (await answer.json()).revision;
}
