/*
 * reveal: a frozen board becomes the final one, before a hall (?view=reveal, with a staff token):
 *
 *   read      the two boards, once
 *   plan      the steps between them, without a document
 *   board     the rows that are seen, and how they move
 *   caption   what has just happened, in words: to be read aloud, too
 *
 *   Space, Enter, →, Page Down   the next step     A      by itself, until any other key
 *   ←, Page Up                   a step back       Home, End
 *
 * Nothing is written anywhere but in this tab: the step is in the address (#step-17) and in the tab's
 * memory, so that one can leave and go on, and practise as often as one likes.
 */
import { number, text } from "../text/text.js";
import { byId, element, setText } from "../view/dom.js";
import { stayAwake } from "../view/screen.js";
import { Board } from "./board.js";
import { captionOf, showCaption } from "./caption.js";
import { Plan } from "./plan.js";
import { readBoards } from "./read.js";

const key = "scoreboard.reveal";
const pause = 2_500; // by itself
const longPause = 6_000; // of the first three

const caption = element("p", { className: "caption", role: "status" });
const root = element("main", { className: "reveal" }, caption);
document.body.replaceChildren(root, byId("announcer"));
setText(caption, text("loading"));

const { frozen, final } = await readBoards((status) =>
    setText(caption, text(status === 403 ? "closed" : "retrying")),
);
const plan = new Plan(frozen, final);
const board = new Board(plan, final);
const head = headOf();
const controls = controlsOf();
root.replaceChildren(head.element, board.element, caption, controls.element);
let timer = 0; // while it goes on by itself

goTo(firstStep());
stayAwake();
document.addEventListener("visibilitychange", stayAwake); // a lock ends when the page is hidden

/* --- Steps ---------------------------------------------------------------------------------------- */

function forward() {
    const step = plan.steps[plan.at];
    if (step) {
        plan.forward();
        board.show(step);
    }
    show(step ?? null);
}

function goTo(at) {
    plan.goTo(at);
    board.show(null);
    show(plan.steps[plan.at - 1] ?? null);
}

function show(step) {
    showCaption(caption, captionOf(plan, final, frozen, step));
    head.show();
    controls.show();
    remember();
}

const actions = {
    start: () => goTo(0),
    back: () => goTo(plan.at - 1),
    next: forward,
    end: () => goTo(plan.steps.length),
};

function act(name) {
    const wasAlone = timer > 0;
    stop();
    if (name === "alone") {
        timer = wasAlone ? 0 : setTimeout(goOn, pause / 4);
    } else {
        actions[name]();
    }
    controls.show();
}

function goOn() {
    const step = plan.steps[plan.at];
    forward();
    const isHigh = step?.type === "stand" && step.to < 3;
    timer = plan.at < plan.steps.length ? setTimeout(goOn, isHigh ? longPause : pause) : 0;
    controls.show();
}

function stop() {
    clearTimeout(timer);
    timer = 0;
}

const keys = {
    " ": "next",
    Enter: "next",
    ArrowRight: "next",
    PageDown: "next",
    ArrowLeft: "back",
    PageUp: "back",
    Home: "start",
    End: "end",
    a: "alone",
    A: "alone",
};

addEventListener("keydown", (event) => {
    const isPress = event.target.closest("button") && [" ", "Enter"].includes(event.key);
    if (keys[event.key] && !isPress && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        act(keys[event.key]);
    }
});

/* --- Where one was -------------------------------------------------------------------------------- */

/* A step that these boards do not have tells nothing: better from the start than all at once. */
function firstStep() {
    const [, digits] = /^#step-(\d+)$/.exec(location.hash) ?? [null, stored()];
    const step = Number(digits);
    return step <= plan.steps.length ? step : 0;
}

function stored() {
    try {
        return sessionStorage.getItem(key) ?? 0;
    } catch {
        return 0;
    }
}

function remember() {
    history.replaceState(null, "", `${location.pathname}${location.search}#step-${plan.at}`);
    try {
        sessionStorage.setItem(key, plan.at);
    } catch {
        // Then the address alone knows.
    }
}

/* --- Head and controls ---------------------------------------------------------------------------- */

function headOf() {
    const state = element("p", { className: "state" });
    const title = final.competition.name || text("title");
    return {
        element: element("header", {}, element("h1", { textContent: title }), state),
        show() {
            const isFinal = plan.cursor < 0;
            state.dataset.state = isFinal ? "final" : "frozen";
            setText(state, text(isFinal ? "final" : "frozen"));
        },
    };
}

function controlsOf() {
    const button = (name, sign, label) => {
        const made = element("button", { type: "button", textContent: sign, ariaLabel: text(label) });
        made.title = made.ariaLabel;
        made.addEventListener("click", () => act(name));
        return made;
    };
    const count = element("span", { className: "count" });
    const bar = element("progress", { max: Math.max(1, plan.steps.length), ariaLabel: text("revealSteps") });
    const alone = button("alone", "▶\ufe0e", "revealAlone");
    return {
        element: element(
            "footer",
            {},
            button("start", "⇤", "revealStart"),
            button("back", "←", "revealBack"),
            button("next", "→", "revealNext"),
            button("end", "⇥", "revealEnd"),
            alone,
            bar,
            count,
        ),
        show() {
            bar.value = plan.at;
            setText(count, `${number(plan.at)} / ${number(plan.steps.length)}`);
            alone.ariaPressed = timer > 0;
        },
    };
}
