/*
 * names: what anyone may call himself, made harmless to look at. The page puts names into the
 * document as text only; this is about text that lies or sprawls: characters that turn the
 * direction of what follows, that are not seen at all, or that pile up on one letter without end.
 * Two names that look the same when that is done are told apart by their bearers' numbers.
 */
const longest = 80; // characters
const farTooLong = 20_000; // what is behind is not even looked at

// Controls, halves of pairs, directions, and what takes no room; but not the two joiners, which
// Persian and emoji are written with.
const unseen =
    /[\p{Cc}\p{Cs}\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const spaces = /[\p{Zs}\u115f\u1160\u2800\u3164\uffa0]+/gu; // these are all seen as one
const tooManyJoiners = /([\u200c\u200d])[\u200c\u200d]+/g;
const tooManyMarks = /(\p{M}{3})\p{M}+/gu;
const nothing = /^[\p{Z}\p{M}\p{Cf}]*$/u;
const joiners = /[\u200c\u200d\ufe00-\ufe0f]/g;

/* The name as it is shown; "" when nothing of it can be seen. */
export function harmless(name, most = longest) {
    const clean = String(name ?? "")
        .slice(0, farTooLong)
        .replace(/[\t\n\r]/g, " ")
        .replace(unseen, "")
        .replace(spaces, " ")
        .replace(tooManyJoiners, "$1")
        .replace(tooManyMarks, "$1")
        .trim();
    const characters = Array.from(clean);
    return nothing.test(clean)
        ? ""
        : characters.length > most
          ? characters.slice(0, most).join("") + "…"
          : clean;
}

// Letters that no normal form takes apart, as those would type them who do not have them.
const plainer = { ł: "l", ø: "o", đ: "d", æ: "ae", œ: "oe", þ: "th", ð: "d", ς: "σ", ħ: "h" };

/*
 * Two names that a searching person would call the same: without case, accents and joiners, wide or
 * narrow, in hiragana or katakana. Through upper case, which knows one of each letter (ß is SS, ı is
 * I) whatever the browser's language.
 */
export function searchable(text) {
    return text
        .normalize("NFKD")
        .replace(/[\p{M}\p{Cf}]/gu, "")
        .toUpperCase()
        .toLowerCase()
        .replace(/[łøđæœþðςħ]/g, (letter) => plainer[letter])
        .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
        .replace(/\s+/g, " ");
}

/*
 * The names of one board, for a worker that hands over only those that have changed: copying ten
 * thousand strings would hold up the page.
 */
export class Names {
    #clean = new Map(); // id -> {raw, shown, alike}: nothing is cleaned twice
    #told = new Map(); // id -> as the page has it

    plain(name) {
        return harmless(name);
    }

    /* Of [[id, name]...]: {newIds, newNames}. */
    news(pairs) {
        const names = pairs.map(([id, raw]) => [id, this.#cleaned(id, raw)]);
        const bearers = new Map();
        for (const [, { alike }] of names) {
            bearers.set(alike, (bearers.get(alike) ?? 0) + 1);
        }
        const news = names
            .map(([id, { shown, alike }]) => [id, bearers.get(alike) > 1 ? `${shown} #${id}` : shown])
            .filter(([id, name]) => this.#told.get(id) !== name);
        news.forEach(([id, name]) => this.#told.set(id, name));
        return { newIds: news.map(([id]) => id), newNames: news.map(([, name]) => name) };
    }

    #cleaned(id, raw) {
        let known = this.#clean.get(id);
        if (known?.raw !== raw) {
            const shown = harmless(raw) || `#${id}`;
            known = { raw, shown, alike: lookOf(shown) };
            this.#clean.set(id, known);
        }
        return known;
    }
}

/* Of two names that look the same it is the same. */
function lookOf(name) {
    return name.replace(joiners, "").normalize("NFC");
}
