/*
 * staff: the staff's token, which opens the boards that the public does not see: those after a
 * freeze, and those of a competition that is not shown. It is asked for once and kept for this tab
 * alone (sessionStorage). It goes to our own server in a header and nowhere else: not into the
 * address, not to other tabs, not into what this browser keeps.
 *
 * Whoever is told that it is refused (401) calls refuseToken(): the page is loaded anew, so that
 * nothing of what it opened is shown any longer, and asks again.
 */
import { forStaff } from "./settings.js";
import { text } from "./text/text.js";
import { element } from "./view/dom.js";

const key = "scoreboard.staff";
const refused = ""; // in the place of a token that was
const sendable = /^[\x21-\x7e]+$/; // in a header

let token = forStaff ? stored() : null; // in the same tab the public's view is the public's

/* Returns when there is a token, which nobody has tried yet. */
export async function haveToken() {
    if (!token) {
        token = await askForToken(token === refused);
        store(token);
    }
}

/* What a request for the staff's boards carries; for everybody else, nothing. */
export function staffHeaders() {
    return token ? { Authorization: `Bearer ${token}` } : {};
}

/* As fetch(). */
export async function fetchAsStaff(url, options = {}) {
    const headers = { ...options.headers, ...staffHeaders() };
    const answer = await fetch(url, { ...options, headers });
    if (answer.status === 401 && token) {
        refuseToken();
    }
    return answer;
}

export function refuseToken() {
    store(refused);
    location.reload();
}

function askForToken(again) {
    const field = element("input", { type: "password", autocomplete: "off", required: true });
    const why = element("p", { className: "why", role: "alert" });
    const form = element(
        "form",
        {},
        element("h2", { id: "token-title", textContent: text("staffToken") }),
        element("p", { textContent: text("staffTokenHint") }),
        element("label", {}, element("span", { textContent: text("token") }), field),
        why,
        element("button", { type: "submit", textContent: text("open") }),
    );
    const dialog = element("dialog", { className: "token" }, form);
    dialog.setAttribute("aria-labelledby", "token-title");
    dialog.addEventListener("close", () => dialog.isConnected && dialog.showModal()); // by Escape
    document.body.append(dialog);
    dialog.showModal();
    why.textContent = again ? text("tokenRefused") : ""; // once it is seen, it is read out
    return new Promise((resolve) => {
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            const given = field.value.trim();
            if (sendable.test(given)) {
                dialog.remove();
                resolve(given);
            } else {
                why.textContent = text("tokenRefused");
            }
        });
    });
}

function stored() {
    try {
        return sessionStorage.getItem(key);
    } catch {
        return null;
    }
}

function store(value) {
    token = value;
    try {
        sessionStorage.setItem(key, value);
    } catch {
        // Then it is asked for each time the page is loaded.
    }
}
