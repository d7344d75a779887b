/*
 * feed: what has just happened: the latest solves, the newest first, with who was first, second or
 * third.
 */
import { number, time } from "../text/text.js";
import { element } from "./dom.js";
import { bloodClass, hashOf, placeText } from "./story-panel.js";

const longest = 50;
let shown = ""; // what the list says

export function showFeed(list, ranking) {
    const latest = Array.from(ranking.solveOrder.slice(-longest)).reverse();
    const items = latest.map((solve) => factsOf(ranking, solve));
    const key = JSON.stringify(items);
    if (!list.hidden && shown !== key) {
        shown = key;
        list.replaceChildren(...items.map(item));
    }
}

function factsOf(ranking, solve) {
    const place = ranking.whoOf(solve);
    const challenge = ranking.challenges[ranking.challengeOf(solve)];
    return {
        className: bloodClass(ranking, solve),
        when: time(ranking.timeOf(solve)),
        name: [hashOf(ranking, place), ranking.name(place)],
        title: [`#challenge-${challenge.id}`, challenge.title],
        place: placeText(ranking, solve),
        worth: `+${number(ranking.pointsOf(solve))}`,
    };
}

function item({ className, when, name, title, place, worth }) {
    return element(
        "li",
        { className },
        element("time", { textContent: when }),
        element("span", { className: "mark" }),
        element("span", { className: "what" }, link(name), " ", link(title)),
        element("span", { className: "place", textContent: place }),
        element("span", { className: "worth", textContent: worth }),
    );
}

function link([href, textContent]) {
    return element("a", { href }, element("bdi", { textContent }));
}
