/*
 * start: where the page begins. What is the staff's needs their token first (staff.js); then the
 * board, or the reveal of a frozen one.
 */
import { archive } from "./archive.js";
import { followOrganiser, organiser } from "./organiser.js";
import { forStaff, setting } from "./settings.js";
import { fillTexts } from "./text/text.js";
import { showOrganiser } from "./view/organiser.js";

fillTexts(document);
showOrganiser(organiser);
const { board, language } = organiser;
if (!archive) {
    followOrganiser(() => {
        if (organiser.board !== board || organiser.language !== language) {
            location.reload(); // the viewer's own choices stay
        }
        showOrganiser(organiser);
    });
}
if (forStaff) {
    const { haveToken } = await import("./staff.js");
    await haveToken();
}
await import(setting("view") === "reveal" ? "./reveal/main.js" : "./main.js");
