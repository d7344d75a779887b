/*
 * dom: elements made and found. Text is text: nothing here, or anywhere, parses markup.
 */
export function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
}

export function byId(id) {
    return document.getElementById(id);
}

/* Sets what differs: writing the same text again would make the browser lay it out again. */
export function setText(target, text) {
    if (target.textContent !== text) {
        target.textContent = text;
    }
}

export function prefersStillness() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
