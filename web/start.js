/*
 * start: where the page begins. What is the staff's needs their token first (staff.js); then the
 * board, or the reveal of a frozen one.
 */
import { forStaff, setting } from "./settings.js";
import { fillTexts } from "./text/text.js";

fillTexts(document);
if (forStaff) {
    const { haveToken } = await import("./staff.js");
    await haveToken();
}
await import(setting("view") === "reveal" ? "./reveal/main.js" : "./main.js");
