/*
 * choices: the controls that set a setting (data-setting): groups of buttons, and selects.
 */
import { choose, onChoice, setting } from "../settings.js";

export function bindChoices() {
    for (const control of document.querySelectorAll("[data-setting]")) {
        const { setting: name } = control.dataset;
        if (control.tagName === "SELECT") {
            control.addEventListener("change", () => choose(name, control.value));
        } else {
            control.addEventListener(
                "click",
                ({ target }) =>
                    target.closest("button") && choose(name, target.closest("button").value),
            );
        }
    }
    onChoice(showChoices);
    showChoices();
    closeMenus();
}

/* What is chosen, on the controls and for the style sheets. */
function showChoices() {
    for (const control of document.querySelectorAll("[data-setting]")) {
        markChoice(control, setting(control.dataset.setting));
    }
    for (const name of ["view", "theme", "graph", "panel"]) {
        document.documentElement.dataset[name] = setting(name);
    }
}

export function markChoice(control, value) {
    if (control.tagName === "SELECT") {
        control.value = value;
    }
    for (const button of control.querySelectorAll("button")) {
        button.ariaPressed = button.value === value;
    }
}

/* A menu closes by Escape, and by pressing elsewhere. */
function closeMenus() {
    const close = (keep) =>
        document.querySelectorAll("details[open]").forEach((menu) => {
            menu.open = menu.contains(keep);
        });
    addEventListener("keydown", ({ key, target }) => {
        if (key === "Escape") {
            target.closest("details[open]")?.querySelector("summary").focus();
            close(null);
        }
    });
    addEventListener("pointerdown", ({ target }) => close(target));
}
