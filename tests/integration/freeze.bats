#!/usr/bin/env bats
#
# A freeze, and a competition that is not shown: what the public gets, and what the staff do. Who may be
# one of the staff is staff.bats'.
bats_require_minimum_version 1.5.0
load ../lib/stack

boards=(/api/leaderboard{,/teams} /api/timeline{,/teams} /api/scoreboard/ctftime)

setup_file() {
    setup_stack
    staff=$(ctl token --staff)
    export staff
    sql "INSERT INTO teams (id, name) VALUES (1, 'early'), (2, 'late');
         INSERT INTO users (id, username, team_id) VALUES (1, 'alice', 1), (2, 'bob', 2);
         INSERT INTO challenges (id, title, category, points) VALUES (1, 'one', 'Misc', 500), (2, 'two', 'Misc', 500);
         INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
         VALUES (1, 1, true, now() - interval '2 hours')"
}
teardown_file() { teardown_stack; }

as_staff() { get "$1" 1 -H "Authorization: Bearer $staff"; } # PATH

# The boards of everybody, or of the staff, each on a line.
all_boards() { # get|as_staff
    local board
    for board in "${boards[@]}"; do "$1" "$board"; done
}

solves_of() { jq '[.entries[].solves | length] | add // 0'; }
public_has() { (($(get /api/leaderboard/teams | solves_of) == $1)); } # SOLVES
staff_has() { (($(as_staff /api/leaderboard/teams | solves_of) == $1)); }
is_frozen() { get /api/leaderboard | json_is '.competition.frozen'; }
is_not_frozen() { get /api/leaderboard | json_is '.competition.frozen | not'; }

@test "in a freeze the public gets the boards as of it, and the staff those of now" {
    retry 20 public_has 1
    ctl competition --freeze "$(date -u -d '-1 hour' +%FT%TZ)"
    retry 20 is_frozen
    all_boards get >"$BATS_TEST_TMPDIR/before"
    sql "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true), (2, 1, true), (1, 2, true)"
    retry 20 staff_has 4
    all_boards get | diff "$BATS_TEST_TMPDIR/before" -
    as_staff /api/leaderboard | json_is '.competition.frozen | not'
    (($(as_staff /api/timeline | jq '.submissions | length') > $(get /api/timeline | jq '.submissions | length')))
}

@test "nothing of a solve after the freeze is among what the web server can read" {
    [[ $(stat -c %a "$SB_STACK/node1/staff") == 700 ]]
    [[ -d $SB_STACK/node1/staff/current/staff && ! -e $SB_STACK/node1/current/staff ]]
}

@test "lifted, the freeze's boards are everybody's, and the staff's those" {
    ctl competition --freeze none
    retry 20 is_not_frozen
    public_has 4
    diff <(all_boards get) <(all_boards as_staff)
}

@test "a freeze to come freezes nothing yet" {
    ctl competition --freeze "$(date -u -d '+1 hour' +%FT%TZ)"
    announced() { get /api/leaderboard | json_is '.competition.freezes_at'; }
    retry 20 announced
    public_has 4
    is_not_frozen
    ctl competition --freeze none
    retry 20 is_not_frozen
}

@test "what is not shown is the staff's alone, with all that was, and opens by itself" {
    local revision
    revision=$(get /api/scoreboard/health | jq .revision)
    ctl competition --visible no
    hidden() { [[ $(status_of /api/leaderboard) == 403 ]]; }
    retry 20 hidden
    for board in "${boards[@]}"; do
        [[ $(status_of "$board") == 403 ]]
        [[ $(status_of "$board?rev=$revision") == 403 ]]
    done
    staff_has 4
    ctl competition --visible yes
    retry 20 public_has 4
}
