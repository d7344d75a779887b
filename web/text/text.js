/*
 * text: the viewer's language, and how it writes numbers and times. The words are in one file for
 * each language; `await` of this module has loaded the one that counts.
 *
 *   text("solvedBy", {count: 3})   words for a key; {one, other} there are chosen by `count`
 *   fillTexts(document)            <a data-text="key">, <a data-label="key"> (aria-label and title)
 */
import { setting } from "../settings.js";
import { languages } from "./languages.js";

const language = chooseLanguage();
const { words } = await import(`./${language}.js`);
const plural = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const style = language === "fr" ? "short" : "narrow"; // whose narrow one is "-3 s"
const ages = new Intl.RelativeTimeFormat(language, { numeric: "always", style });
const clock = clockOf(setting("zone"));

function chooseLanguage() {
    const wanted = [setting("lang"), ...navigator.languages].map((tag) => tag.split("-")[0]);
    return wanted.find((tag) => languages.includes(tag)) ?? "en";
}

export function text(key, values = {}) {
    const entry = words[key];
    const template =
        typeof entry === "object" ? (entry[plural.select(values.count)] ?? entry.other) : entry;
    return template.replace(/\{(\w+)\}/g, (_, name) => shown(values[name]));
}

function shown(value) {
    return typeof value === "number" ? number(value) : value;
}

/* A name in the middle of a sentence, whose direction must not change the sentence's. */
export function isolated(name) {
    return `\u2068${name}\u2069`;
}

export function number(value) {
    return numbers.format(value);
}

export function fillTexts(root) {
    document.documentElement.lang = language;
    for (const element of root.querySelectorAll("[data-text]")) {
        element.textContent = text(element.dataset.text);
    }
    for (const element of root.querySelectorAll("[data-label]")) {
        const label = text(element.dataset.label);
        element.setAttribute("aria-label", label);
        element.title = label;
    }
    for (const element of root.querySelectorAll("[data-placeholder]")) {
        element.placeholder = text(element.dataset.placeholder);
    }
}

/* --- Times: milliseconds since 1970, in the viewer's zone or in UTC ---------------------------- */

/* As short as it can be: 12:03, or Jan 24, 12:03 when that is not today; with seconds on demand. */
export function time(ms, seconds = false) {
    const today = day(ms) === day(Date.now());
    return clock[(today ? "time" : "date") + (seconds ? "Seconds" : "")].format(ms);
}

export function fullTime(ms) {
    return `${clock.dateSeconds.format(ms)} ${setting("zone") === "utc" ? "UTC" : ""}`.trim();
}

export function clockTime(ms) {
    return clock.time.format(ms);
}

export function day(ms) {
    return clock.day.format(ms);
}

/* "3s ago" */
export function age(ms) {
    const [unit, size] = unitOf(ms);
    return ages.format(-Math.floor(Math.max(0, Math.round(ms / 1000)) / size), unit);
}

/* "40s", "5m", "2h" */
export function duration(ms) {
    const [unit, size] = unitOf(ms);
    const format = { style: "unit", unit, unitDisplay: "narrow" };
    return new Intl.NumberFormat(language, format).format(Math.floor(ms / 1000 / size));
}

/* "162B", "1.3kB" */
export function size(bytes) {
    const [unit, length] = [
        ["megabyte", 1e6],
        ["kilobyte", 1e3],
        ["byte", 1],
    ].find(([, least]) => bytes >= least);
    const format = { style: "unit", unit, unitDisplay: "narrow", maximumSignificantDigits: 3 };
    return new Intl.NumberFormat(language, format).format(bytes / length);
}

/* 2:03:04, or 3d 02:03:04. */
export function countdown(ms) {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const two = (value) => String(value).padStart(2, "0");
    const days = Math.floor(seconds / 86400);
    const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return days > 0 ? `${duration(days * 86400_000)} ${clock}` : clock;
}

function unitOf(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    return (
        [
            ["day", 86400],
            ["hour", 3600],
            ["minute", 60],
            ["second", 1],
        ].find(([, length]) => seconds >= length) ?? ["second", 1]
    );
}

function clockOf(zone) {
    const common = { hourCycle: "h23", timeZone: zone === "utc" ? "UTC" : undefined };
    const format = (parts) => new Intl.DateTimeFormat(language, { ...common, ...parts });
    const hour = { hour: "2-digit", minute: "2-digit" };
    const date = { month: "short", day: "numeric" };
    return {
        time: format(hour),
        timeSeconds: format({ ...hour, second: "2-digit" }),
        date: format({ ...date, ...hour }),
        dateSeconds: format({ ...date, ...hour, second: "2-digit" }),
        day: format(date),
    };
}
