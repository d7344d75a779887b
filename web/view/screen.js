/*
 * screen: what a big screen does by itself: it pages through the ranking, and shows first bloods,
 * one after the other. Whatever waits is bounded: a screen runs for a week.
 */
import { text } from "../text/text.js";
import { byId, element, prefersStillness } from "./dom.js";

const pageTime = 10_000;
const bloodTime = 7_000;
const mostWaiting = 5;

let waiting = [];
let showing = 0;

export function startScreen(scroller) {
    setInterval(() => turnPage(scroller), pageTime);
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

export function showFirstBloods(ranking, changes) {
    for (const challenge of changes.firstBloods) {
        waiting.push({
            challenge: ranking.challenges[challenge].title,
            name: ranking.name(ranking.firstBlood(challenge)),
        });
    }
    waiting = waiting.slice(-mostWaiting);
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
        banner.replaceChildren(
            element("span", { className: "drop" }),
            element("span", { className: "what", textContent: text("firstBlood") }),
            element("bdi", { className: "challenge", textContent: next.challenge }),
            element("bdi", { className: "who", textContent: next.name }),
        );
        showing = setTimeout(showNext, bloodTime);
    }
}
