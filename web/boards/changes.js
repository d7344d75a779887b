/*
 * changes: what happened between two rankings, for those who show or tell it.
 *
 *   before       the ranking that this one replaced
 *   solved       places whose competitors have solved something, or gained points otherwise
 *   firstBloods  challenges that somebody has solved for the first time
 *   leader       place 0 belongs to somebody else than before
 */
export function changesBetween(before, after) {
    const changes = { before, solved: new Set(), firstBloods: [], leader: false };
    if (before.size === 0) {
        return changes; // whatever a page shows first is no news
    }
    for (let place = 0; place < after.size; place++) {
        if (hasGained(before, after, place)) {
            changes.solved.add(place);
        }
    }
    changes.firstBloods = newFirstBloods(before, after);
    changes.leader = after.size > 0 && after.id(0) !== before.id(0) && after.score(0) > 0;
    return changes;
}

function hasGained(before, after, place) {
    const old = before.placeOf(after.id(place));
    return (
        old >= 0 &&
        (after.solveCount(place) > before.solveCount(old) || after.score(place) > before.score(old))
    );
}

function newFirstBloods(before, after) {
    const solved = (ranking) =>
        Array.from(ranking.challenges.keys()).filter(
            (challenge) => ranking.firstBlood(challenge) >= 0,
        );
    const known = new Set(solved(before).map((challenge) => before.challenges[challenge].id));
    return solved(after).filter((challenge) => !known.has(after.challenges[challenge].id));
}
