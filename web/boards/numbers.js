/*
 * numbers: JSON whose ids may be greater than JavaScript's numbers can tell apart (2^53). Two such
 * ids would become one, and two competitors one row; so each becomes a number of its own, below
 * zero, where no id of a database is. (`scoreboardctl check` tells the organiser of them.)
 */
const long = /("(?:team_|user_|challenge_|division_)?id":)(-?\d{16,})/g; // never in a string: \"id\":
const aliases = new Map();

export function numbersKept(text) {
    return JSON.parse(
        text.replace(long, (whole, field, id) =>
            Number.isSafeInteger(Number(id)) ? whole : field + aliasOf(id),
        ),
    );
}

function aliasOf(id) {
    aliases.set(id, aliases.get(id) ?? -1 - aliases.size);
    return aliases.get(id);
}
