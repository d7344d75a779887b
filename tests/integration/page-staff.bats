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
    press "$ESCAPE"
    give_token "$staff"
    shows "$has_rows"
    [[ $(names) == "$(as_staff /api/leaderboard/teams | jq -r '.entries[].team_name')" ]]
    shows 'document.querySelector("#notice").checkVisibility() &&
        document.querySelector("#notice").innerText.includes("not frozen")'
    visit "$SB_URL/?view=staff" # the same tab
    shows "$has_rows"
    [[ $(js 'return location.href + JSON.stringify(localStorage)') != *"$staff"* ]]
    visit "$SB_URL/?view=screen&staff"
    shows "$has_rows"
    shows 'document.querySelector("#notice").checkVisibility()'
    visit "$SB_URL/"
    shows "$has_rows"
    [[ $(names) == "$(get /api/leaderboard/teams | jq -r '.entries[].team_name')" ]]
    run -0 complaints
    [[ -z $output ]]
    ! grep -r "$staff" "$SB_STACK/logs" || false
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
    sql "INSERT INTO awards (team_id, points) VALUES (1, 1)"
    shows 'document.querySelector("dialog.token[open] .why").innerText === "This token is refused."'
    [[ $(js "return $has_rows") == false ]]
    sql "DELETE FROM awards"
}
