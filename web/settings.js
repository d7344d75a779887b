/*
 * settings: what the viewer chose. An address may choose for him (a link, a big screen, a frame):
 *
 *   ?view=screen|embed   the big screen of a hall; a frame in another page
 *   ?view=staff          the page with the staff's boards; ?staff: another view with these
 *   ?view=reveal         the reveal of a frozen board (reveal/main.js)
 *   ?board=teams|users   ?top=20   ?theme=dark|light   ?lang=en|ko|...   ?zone=utc
 *   ?division=3          which is in the address whenever it is chosen
 *   #team-5  #user-7  #challenge-9    whose story is open (view/story.js)
 *
 * Everything else is kept in this browser; where it does not let us, a choice goes to the address.
 * What the viewer has not chosen the organiser may have (organiser.js).
 * A tab reads each once, lest it follow by half what is chosen in another.
 */
import { archive } from "./archive.js";
import { organiser } from "./organiser.js";
import { languages } from "./text/languages.js";

const parameters = new URLSearchParams(location.search);
const prefix = "scoreboard.";
const listeners = [];
const known = new Map(); // what this tab has read, or chosen

const allowed = {
    view: ["page", "screen", "embed", ...(archive ? [] : ["reveal"])],
    board: ["auto", "teams", "users"], // auto: teams, where there are any
    theme: ["auto", "dark", "light"],
    lang: ["auto", ...languages],
    zone: ["local", "utc"],
    worth: ["today", "then"],
    window: ["all", "6", "1"], // hours
    graph: ["lines", "table", "feed", "hidden"],
    panel: ["ranking", "progress"], // where there is room for one
};

/* The boards that the public does not see, for who has a token (staff.js). */
export const forStaff =
    !archive && (["staff", "reveal"].includes(parameters.get("view")) || parameters.has("staff"));

const defaults = { board: organiser.board, lang: organiser.language };

/* One of the allowed values; where nothing was chosen, the organiser's, or else the first. */
export function setting(name) {
    const chosen = [parameters.get(name), kept(name)].find((value) =>
        allowed[name].includes(value),
    );
    return chosen ?? defaults[name] ?? allowed[name][0];
}

export function choose(name, value) {
    if (keep(name, value)) {
        parameters.delete(name); // the viewer's word is the last
    } else {
        parameters.set(name, value);
    }
    showAddress();
    listeners.forEach((listener) => listener(name));
}

function showAddress() {
    const query = parameters.size > 0 ? `?${parameters}` : "";
    history.replaceState(null, "", location.pathname + query + location.hash);
}

/* A division's id as text; "": all. */
export function division() {
    return parameters.get("division") ?? kept("division") ?? "";
}

export function chooseDivision(id) {
    keep("division", id || null);
    if (id) {
        parameters.set("division", id);
    } else {
        parameters.delete("division");
    }
    showAddress();
    listeners.forEach((listener) => listener("division"));
}

export function onChoice(listener) {
    listeners.push(listener);
}

/* How many competitors a big screen or a frame shows; null where the address does not say. */
export function top() {
    const count = Number(parameters.get("top"));
    return Number.isInteger(count) && count > 0 ? count : null;
}

/* Who the viewer is, on a board: an id, or null. */
export function me(kind) {
    const id = kept(`me.${kind}`);
    return id === null ? null : Number(id);
}

export function setMe(kind, id) {
    keep(`me.${kind}`, id);
}

function kept(name) {
    if (!known.has(name)) {
        known.set(name, stored(name));
    }
    return known.get(name);
}

function stored(name) {
    try {
        return localStorage.getItem(prefix + name);
    } catch {
        return null;
    }
}

/* Whether it will be there when the page is loaded again. */
function keep(name, value) {
    known.set(name, value);
    try {
        if (value === null) {
            localStorage.removeItem(prefix + name);
        } else {
            localStorage.setItem(prefix + name, value);
        }
        return true;
    } catch {
        return false;
    }
}
