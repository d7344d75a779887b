/*
 * screen: what a big screen does by itself: it stays awake, pages through the ranking, says where
 * the page is to be found, and shows first, second and third bloods, one after the other. Whatever
 * waits is bounded: a screen runs for a week.
 */
import { text, time } from "../text/text.js";
import { byId, element, prefersStillness } from "./dom.js";
import { drawQr } from "./qr.js";

const pageTime = 10_000;
const bloodTime = 7_000;
const mostWaiting = 6;

let waiting = [];
let showing = 0;

export function startScreen(scroller) {
    setInterval(() => turnPage(scroller), pageTime);
    stayAwake();
    document.addEventListener("visibilitychange", stayAwake); // a lock ends when the page is hidden
    const address = location.origin + location.pathname;
    byId("qr").replaceChildren(
        drawQr(address, text("qr", { address })),
        element("span", { textContent: address.replace(/^https?:\/\/|\/$/g, "") }),
    );
    byId("qr").hidden = false;
}

export async function stayAwake() {
    if (!document.hidden) {
        await navigator.wakeLock?.request("screen").catch(() => {}); // low battery, no TLS
    }
}

function turnPage(scroller) {
    const { scrollTop, clientHeight, scrollHeight } = scroller;
    const head = scroller.querySelector("thead").offsetHeight;
    const row = scroller.querySelector(".row-probe").getBoundingClientRect().height;
    const page = Math.max(row, Math.floor((clientHeight - head) / row) * row);
    const atEnd = scrollTop + clientHeight >= scrollHeight - 1;
    scroller.scrollTo({
        top: atEnd ? 0 : scrollTop + page,
        behavior: prefersStillness() ? "instant" : "smooth",
    });
}

/* Of too many the first bloods stay. */
export function showBloods(ranking, changes) {
    for (const solve of changes.bloods) {
        waiting.push({
            blood: ranking.bloodOf(solve),
            challenge: ranking.challenges[ranking.challengeOf(solve)].title,
            name: ranking.name(ranking.whoOf(solve)),
            when: time(ranking.timeOf(solve), true),
        });
    }
    while (waiting.length > mostWaiting) {
        const later = waiting.findIndex(({ blood }) => blood > 1);
        waiting.splice(Math.max(0, later), 1);
    }
    if (!showing) {
        showNext();
    }
}

function showNext() {
    const next = waiting.shift();
    const banner = byId("blood");
    banner.hidden = !next;
    showing = 0;
    if (next) {
        const what = text(["", "firstBlood", "secondBlood", "thirdBlood"][next.blood]);
        banner.dataset.blood = next.blood;
        banner.replaceChildren(
            element("span", { className: "drop" }),
            element("span", { className: "what", textContent: what }),
            element("bdi", { className: "challenge", textContent: next.challenge }),
            element("bdi", { className: "who", textContent: next.name }),
            element("time", { textContent: next.when }),
        );
        showing = setTimeout(showNext, bloodTime);
    }
}
