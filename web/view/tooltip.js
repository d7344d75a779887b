/*
 * tooltip: the one that the page has, beside whatever it explains. One can move onto it to read it
 * or to copy from it, and Escape takes it away.
 */
import { byId, element } from "./dom.js";

const lingering = 150; // milliseconds, to get from the cell to the tooltip
const gap = 8;

let leaving = 0;
let explained = null;

/* Explains an element; `lines` as view/explain.js makes them, none: nothing to show. */
export function showTooltip(explains, lines) {
    hideTooltip();
    if (lines.length > 0) {
        explained = explains;
        explained.setAttribute("aria-describedby", "tooltip");
        placeUnder(explained.getBoundingClientRect(), fill(lines));
    }
}

/* Beside a point of a drawing, where the pointer goes on and must not end up on the tooltip. */
export function showTooltipAt(explains, x, y, lines) {
    hideTooltip();
    explained = explains;
    const tooltip = fill(lines);
    tooltip.inert = true;
    const right = x + gap + tooltip.offsetWidth + gap < innerWidth;
    place(tooltip, right ? x + gap : x - gap - tooltip.offsetWidth, y);
}

export function hideTooltip() {
    clearTimeout(leaving);
    byId("tooltip").hidden = true;
    byId("tooltip").inert = false;
    explained?.removeAttribute("aria-describedby");
    explained = null;
}

/* Nothing has taken it away since: neither Escape, nor what else there is to explain. */
export function isExplained(element) {
    return element === explained;
}

export function leaveTooltip() {
    clearTimeout(leaving);
    leaving = setTimeout(hideTooltip, lingering);
}

function fill([headline, ...lines]) {
    const tooltip = byId("tooltip");
    tooltip.replaceChildren(
        element("strong", { dir: "auto", textContent: headline }),
        ...lines.map((line) => element("span", { dir: "auto", textContent: line })),
    );
    tooltip.hidden = false;
    return tooltip;
}

/* Or above where there is no room. */
function placeUnder(box, tooltip) {
    const { offsetWidth: width, offsetHeight: height } = tooltip;
    const below = box.bottom + gap + height < innerHeight;
    place(
        tooltip,
        (box.left + box.right - width) / 2,
        below ? box.bottom + gap : box.top - gap - height,
    );
}

/* Never over the window's edge. */
function place(tooltip, left, top) {
    const furthestLeft = innerWidth - tooltip.offsetWidth - gap;
    const furthestDown = innerHeight - tooltip.offsetHeight - gap;
    tooltip.style.left = `${Math.max(gap, Math.min(left, furthestLeft))}px`;
    tooltip.style.top = `${Math.max(gap, Math.min(top, furthestDown))}px`;
}

byId("tooltip").addEventListener("pointerenter", () => clearTimeout(leaving));
byId("tooltip").addEventListener("pointerleave", leaveTooltip);
addEventListener("keydown", ({ key }) => key === "Escape" && hideTooltip());
