/*
 * caption: what the last step was, in words. They are written large for the hall, and read out, for
 * the element that holds them is a status. One of the first three has a whole band for himself.
 */
import { fullTime, isolated, number, text } from "../text/text.js";
import { element } from "../view/dom.js";

/* {sentence} or, for one of the first three, {rank, name, score, sentence}. `step`: null: none yet. */
export function captionOf(plan, final, frozen, step) {
    if (!step) {
        return { sentence: beginning(plan, frozen) };
    }
    if (step.type === "settle") {
        return { sentence: text("revealSettled") };
    }
    if (step.type === "gain") {
        return { sentence: gained(plan, final, step) };
    }
    const isHigh = step.to < 3;
    const who = { rank: plan.rank(step.to), name: plan.name(step.to), score: plan.score(step.to) };
    const sentence =
        step.from === step.to
            ? text("revealStands", { ...who, name: isolated(who.name) })
            : text("revealStand", { from: plan.rank(step.to), to: plan.rank(step.from) });
    return isHigh ? { ...who, sentence } : { sentence };
}

function beginning(plan, frozen) {
    if (plan.steps.length === 0) {
        return text("nobody");
    }
    return frozen.competition.frozen
        ? text("revealFrozen", { time: fullTime(frozen.competition.freezesAt) })
        : text("revealNotFrozen");
}

function gained(plan, final, { gain, from, to }) {
    const values = {
        name: isolated(plan.name(to)),
        points: number(gain.points),
        score: plan.score(to),
        rank: plan.rank(to),
    };
    if (gain.solve < 0) {
        return text(from === to ? "revealBonus" : "revealBonusUp", values);
    }
    const challenge = isolated(final.challenges[final.challengeOf(gain.solve)].title);
    return text(from === to ? "revealSolve" : "revealSolveUp", { ...values, challenge });
}

export function showCaption(target, { sentence, rank, name, score }) {
    target.classList.toggle("podium", rank !== undefined);
    if (rank === undefined) {
        target.replaceChildren(element("span", { textContent: sentence }));
        return;
    }
    target.dataset.rank = rank;
    target.replaceChildren(
        element("span", { className: "unseen", textContent: sentence }),
        silent("span", "rank", number(rank)),
        silent("bdi", "name", name),
        silent("span", "score", number(score)),
    );
}

/* Seen, and said already by the sentence. */
function silent(tag, className, textContent) {
    return element(tag, { className, textContent, ariaHidden: "true" });
}
