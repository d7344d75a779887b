/*
 * names: what anyone may call himself, made harmless to look at. The page puts names into the
 * document as text only; this is about text that lies or sprawls: characters that turn the
 * direction of what follows, that are not seen at all, or that pile up on one letter without end.
 */
const longest = 80; // characters
const farTooLong = 20_000; // what is behind is not even looked at

// Controls, halves of pairs, directions, and what takes no room; but not the two joiners, which
// Persian and emoji are written with.
const unseen =
    /[\p{Cc}\p{Cs}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;
const tooManyJoiners = /([\u200c\u200d])[\u200c\u200d]+/g;
const tooManyMarks = /(\p{M}{3})\p{M}+/gu;
const nothing = /^[\p{Z}\p{M}\p{Cf}\u115f\u1160\u2800\u3164\uffa0]*$/u;

/* The name as it is shown; "" when nothing of it can be seen. */
export function harmless(name) {
    const clean = String(name ?? "")
        .slice(0, farTooLong)
        .replace(unseen, "")
        .replace(tooManyJoiners, "$1")
        .replace(tooManyMarks, "$1");
    const characters = Array.from(clean);
    return nothing.test(clean)
        ? ""
        : characters.length > longest
          ? characters.slice(0, longest).join("") + "…"
          : clean;
}

/* Two names that a searching person would call the same. */
export function searchable(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
