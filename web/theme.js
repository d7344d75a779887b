/*
 * theme: dark or light, before the first paint; therefore not a module. view/choices.js changes it
 * later. The address's word counts more than the viewer's earlier choice, as in settings.js.
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
    document.documentElement.dataset.view = ["screen", "embed", "reveal"].includes(view) ? view : "page";
})();
