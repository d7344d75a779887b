#!/usr/bin/env bats
#
# What the organisers alone see of the page, in a real browser: the staff's boards, and the reveal of a
# frozen competition. Ten teams of which some have solved more since the freeze.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # JavaScript's variables; what others source or set
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup_file() {
    setup_stack
    sql "INSERT INTO challenges (id, title, category, points)
             SELECT i, 'challenge ' || i, (ARRAY['Pwn', 'Web'])[1 + i % 2], 100 * i FROM generate_series(1, 8) i;
         INSERT INTO teams (id, name) SELECT i, 'team ' || i FROM generate_series(1, 10) i;
         INSERT INTO users (id, username, team_id) SELECT i, 'user ' || i, i FROM generate_series(1, 10) i;
         INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
             SELECT i, c, true, now() - interval '3 hours' + interval '1 minute' * (i + c)
             FROM generate_series(1, 10) i, generate_series(1, 3) c WHERE c <= i % 4;
         INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
             SELECT i, c, true, now() - interval '30 minutes' + interval '1 minute' * (i + c)
             FROM generate_series(1, 10) i, generate_series(4, 8) c WHERE (i * c) % 5 = 1"
    ctl competition --freeze "$(date -u -d '-1 hour' +%FT%TZ)"
    retry 20 is_frozen
    start_browser
}
is_frozen() { get /api/leaderboard/teams | json_is '.competition.frozen and (.entries | length == 10)'; }

teardown_file() {
    stop_browser
    teardown_stack
}

# Each test has a token of its own, and begins as who comes for the first time.
setup() {
    staff=$(ctl token --staff)
    look 1366 768
    visit "$SB_URL/icon.svg"
    js 'localStorage.clear(); sessionStorage.clear()' >/dev/null
    complaints >/dev/null
}

asks_for_token='document.querySelector("dialog.token[open]")'
has_rows='document.querySelectorAll("#ranking .rows tr").length > 0'

give_token() { # TOKEN
    shows "$asks_for_token"
    js 'const field = document.querySelector("dialog.token input");
        field.value = arguments[0];
        field.form.requestSubmit()' "$1" >/dev/null
}

as_staff() { get "$1" 1 -H "Authorization: Bearer $staff"; } # PATH

# The names in the ranking, one a line.
names() {
    js 'return [...document.querySelectorAll("#ranking .rows tr")]
        .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
        .map((row) => row.querySelector(".name bdi").innerText).join("\n")'
}

@test "the staff's view asks for a token once, shows the unfrozen boards, and says so" {
    visit "$SB_URL/?view=staff"
    shows "$asks_for_token"
    assert_accessible
    press "$ESCAPE"
    give_token "$staff"
    shows "$has_rows"
    assert_accessible
    [[ $(names) == "$(as_staff /api/leaderboard/teams | jq -r '.entries[].team_name')" ]]
    shows 'document.querySelector("#notice").checkVisibility() &&
        document.querySelector("#notice").innerText.includes("not frozen")'
    sql "INSERT INTO awards (team_id, points) VALUES (5, 90000)" # after the freeze
    shows 'document.querySelector("#ranking .rows .score").innerText === "90,100"'
    sql "DELETE FROM awards"
    visit "$SB_URL/?view=staff" # the same tab
    shows "$has_rows"
    run -0 js 'return location.href + JSON.stringify(localStorage)'
    [[ $output == http*"?view=staff"* && $output != *"$staff"* ]]
    visit "$SB_URL/?view=screen&staff"
    shows "$has_rows"
    shows 'document.querySelector("#notice").checkVisibility()'
    visit "$SB_URL/"
    shows "$has_rows"
    [[ $(names) == "$(get /api/leaderboard/teams | jq -r '.entries[].team_name')" ]]
    run -0 complaints
    [[ -z $output ]]
    ! grep -r -e "$staff" "$SB_STACK/logs" || false
}

@test "a token that is refused opens nothing, and one that is taken back shows nothing any longer" {
    visit "$SB_URL/?view=staff"
    give_token "a-token-that-nobody-has-made"
    shows 'document.querySelector("dialog.token[open] .why").innerText === "This token is refused."'
    give_token "no header can hold ✕"
    shows 'document.querySelector("dialog.token[open] .why").innerText === "This token is refused."'
    give_token "$staff"
    shows "$has_rows"
    sed -i "/$staff/d" "$SB_STACK"/etc/staff-tokens
    shows 'document.querySelector("dialog.token[open] .why").innerText === "This token is refused."'
    [[ $(js "return $has_rows") == false ]]
}

# --- The reveal -----------------------------------------------------------------------------------

# Two boards of 200 teams: with ties, negative awards and bonuses, values that fall with each solve,
# teams without solves, and some that come or go; ordered as the server orders them. `random` is a
# number that says which.
make_boards='
    const random = ((seed) => () => ((seed = (seed * 48271) % 2147483647) / 2147483647))(Number(arguments[0]) + 1);
    const below = (count) => Math.floor(random() * count);
    const stamp = (minute) => new Date(Date.UTC(2026, 1, 27, 0, minute)).toISOString();
    const { columnsOf } = await import("/boards/columns.js");
    const { Names } = await import("/boards/names.js");
    const { Ranking } = await import("/boards/ranking.js");
    const { Plan } = await import("/reveal/plan.js");
    const rule = ["first_to_reach", "shared", "platform", "reference"][below(4)];
    const freeze = 300;
    const challenges = Array.from({ length: 1 + below(30) }, (_, at) => (
        { id: 1 + at, title: `c${at}`, category: `k${at % 4}`, base: 50 * below(10), falls: below(2) }));
    const teams = Array.from({ length: 200 }, (_, at) => ({
        id: at + 1, leaves: below(40) === 0, comes: below(40) === 0, tie: below(5),
        solves: challenges.filter(() => below(3) === 0).map(({ id }) => (
            { id, minute: below(400), lost: below(50) === 0, bonus: below(20) === 0 ? below(100) - 60 : 0 })),
        awards: Array.from({ length: below(3) }, () => ({ minute: 100 * below(4), points: below(5) * 50 - 100 })),
    }));
    const boardOf = (until, isThere) => {
        const shown = teams.filter(isThere).map((team) => ({ ...team,
            solves: team.solves.filter(({ minute, lost }) => minute < until && !(lost && until > freeze)),
            awards: team.awards.filter(({ minute }) => minute < until) }));
        const worth = new Map(challenges.map(({ id, base, falls }) => [id, Math.max(0, base -
            falls * shown.filter(({ solves }) => solves.some((solve) => solve.id === id)).length)]));
        const entries = shown.map(({ id, tie, solves, awards }) => ({ tie, team_id: id, team_name: `t${id}`,
            solves: solves.map((solve) => ({ challenge_id: solve.id, solved_at: stamp(solve.minute),
                is_first_blood: false, ...(solve.bonus ? { points: worth.get(solve.id) + solve.bonus } : {}) })),
            awards: awards.map(({ minute, points }) => ({ awarded_at: stamp(minute), points })),
            score: solves.reduce((sum, solve) => sum + worth.get(solve.id) + solve.bonus, 0) +
                awards.reduce((sum, { points }) => sum + points, 0) }));
        entries.sort((a, b) => b.score - a.score || a.tie - b.tie || a.team_id - b.team_id);
        const json = { competition: { frozen: until === freeze, tie: rule }, entries,
            challenges: challenges.map(({ id, title, category }) => ({ id, title, category, points: worth.get(id) })) };
        return new Ranking(columnsOf(json, new Names()), new Map(), "teams");
    };
    const [frozen, final] = [boardOf(freeze, (team) => !team.comes), boardOf(1000, (team) => !team.leaves)];
    const plan = new Plan(frozen, final);
    const look = (of) => JSON.stringify(Array.from({ length: of.size }, (_, at) => [of.id(at), of.rank(at), of.score(at)]));
    const looks = () => look(plan) + JSON.stringify(plan.marks(Math.max(0, plan.cursor)));
'

@test "a reveal ends at the final board and leads back to the frozen one, nobody falls, and who stands stands" {
    visit "$SB_URL/icon.svg"
    local seed
    for seed in {1..6}; do
        run -0 js "$make_boards"'
            const wrong = [];
            const check = (what, good) => good || wrong.push(`${what} at ${plan.at} of ${plan.steps.length}`);
            const seen = [looks()];
            check("begins as frozen", look(plan) === look(frozen));
            while (plan.at < plan.steps.length) {
                const step = plan.steps[plan.at];
                const below = JSON.stringify(Array.from({ length: plan.size - 1 - plan.cursor },
                    (_, at) => plan.id(plan.size - 1 - at)));
                plan.forward();
                const stand = Array.from({ length: plan.size - 1 - plan.cursor }, (_, at) => plan.size - 1 - at);
                check("climbs", step.type !== "gain" || step.to <= step.from && step.gain.points >= 0);
                check("who stood stands", JSON.stringify(stand.map((at) => plan.id(at))).startsWith(
                    below.slice(0, -1)) || step.type === "settle");
                check("stands where the final board says", stand.every((at) => plan.id(at) === final.id(at) &&
                    plan.score(at) === final.score(at)));
                check("is in order", Array.from({ length: plan.size - 1 }, (_, at) => at).every((at) =>
                    plan.score(at) >= plan.score(at + 1)) || !plan.hasSettled);
                seen.push(looks());
            }
            check("ends as final", look(plan) === look(final) && plan.cursor === -1);
            check("three at the end", plan.steps.slice(-3).some(({ type, from, to }) => type === "stand" && from === to));
            while (plan.at > 0) {
                plan.back();
                check("goes back as it came", looks() === seen[plan.at]);
            }
            plan.goTo(plan.steps.length);
            check("jumps to the end", look(plan) === look(final));
            return wrong.slice(0, 5)' "$seed"
        [[ $output == "[]" ]] || fail_with "seed $seed: $output"
    done
}

open_reveal() { # [QUERY]
    visit "$SB_URL/?view=reveal${1:-}"
    shows 'document.querySelectorAll(".reveal li").length === 10'
}
give_token_before() { js 'sessionStorage.setItem("scoreboard.staff", arguments[0])' "$staff" >/dev/null; }
# The rows of a reveal: rank, name and score of each.
revealed() {
    js 'return [...document.querySelectorAll(".reveal li")]
        .sort((a, b) => a.style.getPropertyValue("--position") - b.style.getPropertyValue("--position"))
        .map((row) => [".rank", ".name", ".score"].map((part) =>
            row.querySelector(part).innerText.replace(",", "")).join(" ")).join("\n")'
}
ranked() { jq -r '.entries | to_entries[] | "\(.key + 1) \(.value.team_name) \(.value.score)"'; }
caption='document.querySelector(".reveal .caption").innerText'

@test "by keyboard alone a reveal goes from the frozen board to the final one, says each step, and comes back" {
    cdp Emulation.setEmulatedMedia '{"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}' >/dev/null
    give_token_before
    open_reveal
    shows "$caption.includes('as it was frozen')"
    local frozen steps
    frozen=$(revealed)
    [[ ${frozen//9 team 8/10 team 8} == "$(get /api/leaderboard/teams | ranked)" ]] # both have nothing
    press " "
    shows "$caption.includes('what it is worth at the end')"
    press "$RIGHT"
    shows "/solved .*challenge.*points/.test($caption) && document.querySelectorAll('.reveal .rising').length === 1"
    js 'location.reload()'
    shows 'document.querySelector(".reveal .count")?.innerText.startsWith("2 /")'
    shows "/solved .*challenge.*points/.test($caption)"
    press "$END"
    shows 'document.querySelector(".reveal .state").innerText === "Final"'
    [[ $(revealed) == "$(as_staff /api/leaderboard/teams | ranked)" ]]
    shows "$caption.includes('Rank 1: ')"
    press "$HOME_KEY"
    [[ $(revealed) == "$frozen" ]]
    steps=$(js 'return document.querySelector(".reveal progress").max')
    press "$(printf "%0.s$ENTER" $(seq "$steps"))"
    [[ $(revealed) == "$(as_staff /api/leaderboard/teams | ranked)" ]]
    press "$LEFT"
    shows "$caption.includes('Rank 2: ')"
    press "a"
    shows 'document.querySelector(".reveal .state").innerText === "Final"'
    run -0 complaints
    [[ -z $output ]]
}

@test "a reveal fits phone, laptop, projector and 4K in short and long languages, and axe finds nothing serious" {
    local size lang theme
    give_token_before
    for size in "360 740" "1366 768" "3840 2160"; do
        # shellcheck disable=SC2086  # two words
        for lang in en de zh; do
            look $size
            open_reveal "&lang=$lang#step-6"
            run -0 js 'return [...document.querySelectorAll(".reveal :is(h1, li, .caption, footer, button)")]
                .filter((part) => part.getBoundingClientRect().right > innerWidth || part.scrollWidth > part.clientWidth + 1)
                .map((part) => part.className + part.textContent)
                .concat([...document.querySelectorAll(".reveal li i")].map((mark) => mark.getBoundingClientRect())
                    .filter(({ width, height }) => width < 5 || Math.abs(width - height) > 1))'
            [[ $output == "[]" ]] || fail_with "$size $lang: $output"
        done
    done
    for theme in light dark; do
        open_reveal "&theme=$theme#step-16"
        assert_accessible
    done
}

@test "the reveal of a division is of that division alone" {
    sql "CREATE OR REPLACE FUNCTION scoreboard.divisions() RETURNS TABLE (id bigint, name text)
             LANGUAGE sql STABLE AS \$\$ SELECT 1, 'Juniors' \$\$;
         ALTER FUNCTION scoreboard.teams(timestamptz) RENAME TO teams_of_all;
         CREATE FUNCTION scoreboard.teams(until timestamptz)
             RETURNS TABLE (id bigint, name text, division_id bigint, tie bigint)
             LANGUAGE sql STABLE AS \$\$
                 SELECT id, name, CASE WHEN id <= 5 THEN 1 END, tie FROM scoreboard.teams_of_all(until) \$\$;
         UPDATE teams SET name = 'team one' WHERE id = 1"
    retry 10 juniors_are_there
    give_token_before
    visit "$SB_URL/?view=reveal&division=1"
    shows 'document.querySelectorAll(".reveal li").length === 5'
    [[ $(revealed) == "$(get '/api/leaderboard/teams?division=1' | ranked)" ]]
    press "$END"
    shows 'document.querySelector(".reveal .state").innerText === "Final"'
    [[ $(revealed) == "$(as_staff '/api/leaderboard/teams?division=1' | ranked)" ]]
}
juniors_are_there() { get '/api/leaderboard/teams?division=1' | json_is '.entries | length == 5'; }
