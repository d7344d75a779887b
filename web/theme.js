/*
 * theme: dark or light, before the first paint; therefore not a module. settings.js changes it
 * later, and the address's word counts more than the viewer's earlier choice, as there.
 */
(function () {
    "use strict";
    const choices = ["dark", "light"];
    let kept = null;
    try {
        kept = localStorage.getItem("scoreboard.theme");
    } catch {
        // A frame without storage: the system decides.
    }
    const parameters = new URLSearchParams(location.search);
    const theme = [parameters.get("theme"), kept].find((value) => choices.includes(value));
    const view = parameters.get("view");
    document.documentElement.dataset.theme = theme || "auto";
    document.documentElement.dataset.view = ["screen", "embed"].includes(view) ? view : "page";
})();
