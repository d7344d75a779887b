/*
 * announcer: tells those who listen to the page rather than look at it what they would not want to
 * miss: a new leader, a first blood. Not every row; and politely, when the reader has finished.
 */
import { isolated, text } from "../text/text.js";
import { byId, setText } from "./dom.js";

export function announce(sentence) {
    setText(byId("announcer"), sentence);
}

export function announceChanges(ranking, changes) {
    const firsts = changes.bloods.filter((solve) => ranking.bloodOf(solve) === 1);
    const sentences = firsts.slice(0, 3).map((solve) =>
        text("newFirstBlood", {
            name: isolated(ranking.name(ranking.whoOf(solve))),
            challenge: isolated(ranking.challenges[ranking.challengeOf(solve)].title),
        }),
    );
    if (changes.leader) {
        const values = { name: isolated(ranking.name(0)), score: ranking.score(0) };
        sentences.push(text("newLeader", values));
    }
    if (sentences.length > 0) {
        announce(sentences.join(" "));
    }
}
