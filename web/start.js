/*
 * start: where the page begins. What is the staff's needs their token first (staff.js).
 */
import { forStaff } from "./settings.js";
import { fillTexts } from "./text/text.js";

fillTexts(document);
if (forStaff) {
    const { haveToken } = await import("./staff.js");
    await haveToken();
}
await import("./main.js");
