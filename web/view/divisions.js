/*
 * divisions: the choice of a division in the page's head, where there are any.
 */
import { chooseDivision, division } from "../settings.js";
import { text } from "../text/text.js";
import { byId, element } from "./dom.js";

byId("division").addEventListener("change", ({ target }) => chooseDivision(target.value));

/* `divisions`: [{id, name}]. Filled anew only for others: somebody may be choosing. */
export function showDivisions(divisions) {
    const select = byId("division");
    const key = JSON.stringify(divisions);
    select.hidden = divisions.length === 0;
    if (select.dataset.key !== key) {
        select.dataset.key = key;
        select.replaceChildren(
            element("option", { value: "", textContent: text("divisionAll") }),
            ...divisions.map(({ id, name }) => element("option", { value: id, textContent: name })),
        );
    }
    select.value = division();
}
