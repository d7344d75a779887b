/*
 * organiser: the organiser's name, logo, links, sponsors and colours on the page. What is taken out of
 * the file goes from the page, too.
 */
import { text } from "../text/text.js";
import { byId, element, setText } from "./dom.js";

const properties = { accent: "--solve", ground: "--ground", sheet: "--sheet", ink: "--ink" };

export function showOrganiser({ name, logo, links = [], sponsors = "", colours = {} }) {
    const title = name || text("title");
    setText(document.querySelector("h1"), title);
    document.title = title;
    showLogo(logo);
    setText(byId("sponsors"), sponsors);
    byId("links").replaceChildren(...links.map(item));
    byId("organiser").hidden = !sponsors && links.length === 0;
    for (const [field, property] of Object.entries(properties)) {
        setColour(property, colours[field]);
    }
}

function showLogo(url) {
    const logo = byId("logo");
    logo.hidden = !url;
    if (url && logo.src !== url) {
        logo.src = url;
        logo.onerror = () => {
            logo.hidden = true;
            console.warn(`organiser.json: logo: ${url} is no picture`);
        };
    }
}

function item({ text: label, url }) {
    const link = element("a", { href: url, target: "_blank", rel: "noopener noreferrer", textContent: label });
    return element("li", {}, link);
}

function setColour(property, colour) {
    const { style } = document.documentElement;
    if (colour) {
        style.setProperty(property, `light-dark(${colour.light}, ${colour.dark})`);
    } else {
        style.removeProperty(property);
    }
}
