/*
 * changes: what happened between two rankings, for those who show or tell it.
 *
 *   before   the ranking that this one replaced
 *   solved   places whose competitors have solved something, or gained points otherwise
 *   bloods   solves by which somebody was the first, second or third of a challenge, in that order
 *   leader   place 0 belongs to somebody else than before
 */
export function changesBetween(before, after) {
    const changes = { before, solved: new Set(), bloods: [], leader: false };
    if (before.size === 0) {
        return changes; // whatever a page shows first is no news
    }
    for (let place = 0; place < after.size; place++) {
        if (hasGained(before, after, place)) {
            changes.solved.add(place);
        }
    }
    changes.bloods = newBloods(before, after);
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

function newBloods(before, after) {
    const known = new Map(before.challenges.map(({ id }, at) => [id, before.solvers(at)]));
    const isNew = (solve) =>
        after.bloodOf(solve) > (known.get(after.challenges[after.challengeOf(solve)].id) ?? 0);
    const bloods = after.challenges.flatMap((_, challenge) => Array.from(after.bloods(challenge)));
    return bloods.filter(isNew).sort((a, b) => after.timeOf(a) - after.timeOf(b) || a - b);
}
