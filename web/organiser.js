/*
 * organiser: what the organiser made the page's own, from organiser.json beside it (docs/organiser.md).
 * `await` of this module has read it; followOrganiser() reads it again now and then.
 *
 * Nothing of it is believed: text is text, an address leads to a web page, a logo is this site's own, a
 * colour is a colour. A field that is wrong counts as absent, and the console says which and why; the
 * rest holds.
 */
import { harmless } from "./boards/names.js";
import { languages } from "./text/languages.js";

const address = new URL("organiser.json", import.meta.url);
const deadline = 4_000;
const longestFile = 65_536; // characters
const mostLinks = 8;
const seldom = 45_000;

const fields = {
    name: (value) => line(value, 80),
    logo,
    links,
    sponsors: (value) => line(value, 300),
    colours,
    language: (value) => oneOf(value, languages),
    board: (value) => oneOf(value, ["teams", "users"]),
};

let text = await read();

/* {name, logo, links: [{text, url}], sponsors, colours: {name: {light, dark}}, language, board} */
export let organiser = understood(text) ?? {};

/* Calls `changed()` when there is something else; a file that cannot be read changes nothing. */
export function followOrganiser(changed) {
    setTimeout(
        async () => {
            const now = document.hidden ? text : await read();
            if (now !== text && now !== null) {
                text = now;
                organiser = understood(text) ?? organiser;
                changed();
            }
            followOrganiser(changed);
        },
        seldom * (0.6 + 0.6 * Math.random()),
    );
}

/* null: there is none to be had. */
async function read() {
    try {
        const signal = AbortSignal.timeout(deadline);
        const answer = await fetch(address, { cache: "no-cache", signal });
        return answer.ok ? await answer.text() : answer.status === 404 ? "{}" : null;
    } catch {
        return null;
    }
}

/* null: it is no such file. */
function understood(json) {
    try {
        if (json?.length > longestFile) {
            throw new Error(`it has more than ${longestFile} characters`);
        }
        return organiserOf(JSON.parse(json ?? "{}"), (field, reason) => complain(`${field}: ${reason}`));
    } catch (error) {
        complain(error.message);
        return null;
    }
}

function complain(what) {
    console.warn(`organiser.json: ${what}`);
}

/* What holds of `json`; `wrong(field, reason)` is told of the rest. */
export function organiserOf(json, wrong) {
    if (!isObject(json)) {
        throw new Error("it must be an object");
    }
    return valid(json, "", fields, wrong);
}

/* Of an object, each field that its check lets pass. */
function valid(json, within, checks, wrong) {
    const good = {};
    for (const [name, value] of Object.entries(json)) {
        const field = within + name;
        if (!Object.hasOwn(checks, name)) {
            wrong(field, "is not known");
            continue;
        }
        try {
            good[name] = checks[name](value, `${field}.`, wrong);
        } catch (error) {
            wrong(field, error.message);
        }
    }
    return good;
}

function line(value, longest) {
    if (typeof value !== "string" || value.length > longest) {
        throw new Error(`must be text of at most ${longest} characters`);
    }
    return harmless(value, longest);
}

function oneOf(value, allowed) {
    if (!allowed.includes(value)) {
        throw new Error(`must be one of ${allowed.join(", ")}`);
    }
    return value;
}

function logo(value) {
    const url = urlOf(value);
    if (url?.origin !== location.origin) {
        throw new Error("must be the path of a picture of this site");
    }
    return url.href;
}

function links(value, within, wrong) {
    if (!Array.isArray(value) || value.length > mostLinks) {
        throw new Error(`must be a list of at most ${mostLinks}`);
    }
    const checks = { text: (text) => line(text, 40), url: link };
    return value
        .map((entry, at) => (isObject(entry) ? valid(entry, `${within}${at}.`, checks, wrong) : {}))
        .filter(({ text, url }) => text && url);
}

function link(value) {
    const url = urlOf(value);
    if (!["http:", "https:"].includes(url?.protocol)) {
        throw new Error("must be an address that begins with http:// or https://");
    }
    return url.href;
}

function colours(value, within, wrong) {
    if (!isObject(value)) {
        throw new Error("must be an object");
    }
    const checks = Object.fromEntries(
        ["accent", "ground", "sheet", "ink"].map((name) => [name, inBothLights]),
    );
    return valid(value, within, checks, wrong);
}

/* One colour for both, or one for each. */
function inBothLights(value) {
    const { light, dark } = isObject(value) ? value : { light: value, dark: value };
    if (![light, dark].every((colour) => /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(colour))) {
        throw new Error('must be a colour as "#0f766a", or two as {"light": ..., "dark": ...}');
    }
    return { light, dark };
}

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function urlOf(value) {
    return typeof value === "string" && value.length <= 500 && URL.canParse(value, address)
        ? new URL(value, address)
        : null;
}
