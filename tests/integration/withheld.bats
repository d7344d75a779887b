#!/usr/bin/env bats
#
# What is withheld from the public is not to be observed: two scoreboards side by side, of one play. In
# `busy` there are solves that the public must not know of, in `quiet` there are none; whatever a viewer
# gets of the one, in however he asks, he gets of the other.
# shellcheck disable=SC2030,SC2031,SC2154  # each command that is `at` a stack has a shell of its own
bats_require_minimum_version 1.5.0
load ../lib/stack

both=(quiet busy)
hour_ago=$(date -u -d '-1 hour' +%FT%TZ)

at() { # STACK COMMAND...
    local SB_STACK=$BATS_FILE_TMPDIR/$1
    # shellcheck source=/dev/null
    (source "$SB_STACK/env" && staff=$(<"$SB_STACK/token") && "${@:2}")
}
at_both() { at quiet "$@" && at busy "$@"; } # COMMAND...

start_stack() { # NAME
    local SB_STACK=$BATS_FILE_TMPDIR/$1
    "$repository/tests/stack" up "$SB_STACK" --config rebuild.pace=0
    # shellcheck source=/dev/null
    (source "$SB_STACK/env" && ctl token --staff >"$SB_STACK/token")
}

stop_stack() { # NAME
    local SB_STACK=$BATS_FILE_TMPDIR/$1 failed=0
    teardown_stack || failed=1
    return "$failed"
}

setup_file() {
    for name in "${both[@]}"; do start_stack "$name"; done
    at_both sql "INSERT INTO teams (id, name) VALUES (1, 'early'), (2, 'late');
        INSERT INTO users (id, username, team_id)
        SELECT i, 'user ' || i, 1 + i % 2 FROM generate_series(1, 40) AS i;
        INSERT INTO challenges (id, title, category, points)
        SELECT i, 'challenge ' || i, 'Misc', 500 FROM generate_series(1, 20) AS i;
        INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
        SELECT 1 + i % 7, 1 + i % 5, true, timestamptz '$hour_ago' - i * interval '1 minute'
        FROM generate_series(1, 30) AS i"
}
teardown_file() {
    for name in "${both[@]}"; do stop_stack "$name"; done
}

# --- Playing --------------------------------------------------------------------------------------

health() { get /api/scoreboard/health; }
staff_health() { get /api/scoreboard/health 1 -H "Authorization: Bearer $staff"; }
public_revision() { health | jq .revision; }
staff_revision() { staff_health | jq .revision; }

is_at_rest() { staff_health | json_is '.dirty or .behind | not'; }
public_is_above() { (($(public_revision) > $1)); } # REVISION
staff_is_above() { (($(staff_revision) > $1)); }   # REVISION

# Nothing of it may come to the public.
secret_solve() {
    local before
    before=$(staff_revision)
    sql "INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT u.id, c.id, true FROM users AS u, challenges AS c
        WHERE NOT EXISTS (SELECT FROM submissions WHERE user_id = u.id AND challenge_id = c.id)
        ORDER BY c.id DESC, u.id DESC LIMIT 1"
    retry 20 staff_is_above "$before"
}

# Something that the public may see.
rename_challenge() { # TITLE
    local before
    before=$(public_revision)
    sql "UPDATE challenges SET title = '$1' WHERE id = 1"
    retry 20 public_is_above "$before"
}

sample_health() { # until it is killed
    while sleep 0.1; do health || echo "$?"; done >"$SB_STACK/health" 2>&1
}
start_sampling() {
    sample_health 3>&- &
    echo $! >"$SB_STACK/sampler"
}
stop_sampling() { kill "$(<"$SB_STACK/sampler")"; }

# --- Looking --------------------------------------------------------------------------------------

# One answer: its head, but for the date, and its body, or what a body of bytes comes to.
answer_to() { # PATH [CURL ARGUMENTS...]
    local body=$SB_STACK/body
    : >"$body"
    echo "--- $*"
    curl -s --path-as-is --max-time 2 -D - -o "$body" "${@:2}" "$SB_URL$1" | sed '/^Date:/d'
    if grep -qI . "$body"; then sed '/^Date:/d' "$body"; else sha256sum <"$body"; fi
}

try_everything() { # REVISION...
    local path query header offer
    offer=$(get /api/leaderboard | openssl dgst -sha256 -binary | base64)
    for path in /api/leaderboard{,/teams} /api/timeline{,/teams} /api/scoreboard/ctftime; do
        answer_to "$path"
        for query in division=1 "${@/#/rev=}"; do
            answer_to "$path?$query" -H 'Accept-Encoding: gzip'
            answer_to "$path?$query" --head -H 'Accept-Encoding: dcz, gzip' \
                -H "Available-Dictionary: :$offer:"
        done
    done
    for header in 'Authorization: x' 'Authorization: Bearer x' 'If-None-Match: *' 'Range: bytes=0-9'; do
        answer_to "/api/leaderboard?rev=$1" -H "$header"
    done
    answer_to /api/scoreboard/stream
    answer_to /api/scoreboard/stream -H "Last-Event-ID: $1"
    for path in /{,api/}{staff/,}{current,boards/{"$1","$(staff_revision)"}}/manifest.json /metrics /status; do
        answer_to "$path" | tail -n +2
    done
}

# Of two stacks the revisions and the times of notices differ, ages grow, times to come back are drawn, and
# heartbeats come when they come.
as_names() { # REVISION...
    local i=0 revision names=()
    for revision; do names+=(-e "s/$revision/R$((i++))/g"); done
    sed "${names[@]}" -e 's/"age_ms":[0-9]*/"age_ms":0/' -e 's/"ts":"[^"]*"/"ts":"T"/' \
        -e '/^\(retry:.*\|: \|\)$/d'
}

# All that a viewer has got, and gets, at this stack.
what_is_seen() {
    local revisions
    mapfile -t revisions < <(sed -n 's/^id: //p' "$SB_STACK/sse/viewer" | awk '!seen[$0]++')
    as_names "${revisions[@]}" <"$SB_STACK/sse/viewer"
    as_names "${revisions[@]}" <"$SB_STACK/health" | sort -u
    try_everything "${revisions[@]}" | as_names "${revisions[@]}"
}

assert_same_to_viewers() {
    at_both stop_sampling
    at_both retry 20 is_at_rest
    at quiet what_is_seen >"$BATS_TEST_TMPDIR/quiet"
    at busy what_is_seen >"$BATS_TEST_TMPDIR/busy"
    diff "$BATS_TEST_TMPDIR/quiet" "$BATS_TEST_TMPDIR/busy"
    grep -q '^R0\|"revision":R0' "$BATS_TEST_TMPDIR/busy" # there was something to compare
    at_both stop_all_sse
}

start_looking() {
    at_both retry 20 is_at_rest
    at_both start_sse viewer
    at_both wait_for_event_after viewer 0
    at_both start_sampling
}

# What happens to both, with secret solves before, between and after it at the one.
play() {
    at busy secret_solve
    at busy secret_solve
    at_both rename_challenge "$1"
    at busy secret_solve
    at_both rename_challenge "$1 again"
    at_both rename_challenge "$1"
    at busy secret_solve
}

# --- The tests ------------------------------------------------------------------------------------

is_frozen() { get /api/leaderboard | json_is '.competition.frozen'; }

@test "in a freeze nobody can tell whether anything is solved" {
    at_both ctl competition --freeze "$hour_ago"
    at_both retry 20 is_frozen
    start_looking
    play freeze
    assert_same_to_viewers
    [[ $(at busy sse viewer | grep -c '^event: scoreboard') == 3 ]]
    grep -q '"reason":"withheld"' "$BATS_TEST_TMPDIR/busy"
}

@test "nor when Redis is emptied or away, the daemon begins anew, or everything is read again" {
    local before
    start_looking
    before=$(at busy public_revision)
    at busy secret_solve
    at_both redis flushall
    at busy secret_solve
    at busy ctl rebuild
    at_both retry 20 is_at_rest
    at_both stop_sampling # which would see Redis away, and the daemon
    at_both stack kill redis
    at busy ctl rebuild
    at_both stack start redis
    at_both retry 20 is_at_rest
    at_both stack kill daemon:1
    at busy sql "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (40, 7, true)"
    rm -r "$BATS_FILE_TMPDIR"/{quiet,busy}/node1
    at_both redis flushall
    at_both stack start daemon:1
    at_both retry 20 is_at_rest
    at_both start_sampling
    at busy secret_solve
    assert_same_to_viewers
    [[ $(at busy public_revision) == "$before" ]]
}

@test "lifted, everybody gets a revision above all that anybody had" {
    local before
    before=$(at busy staff_revision)
    (($(at busy public_revision) < before))
    at_both ctl competition --freeze none
    at busy retry 20 public_is_above "$before"
    [[ $(at busy staff_revision) == "$(at busy public_revision)" ]]
}

is_hidden() { [[ $(status_of /api/leaderboard) == 403 ]]; }

@test "while a competition is not shown nobody can tell whether anything is solved" {
    at_both ctl competition --visible no
    at_both retry 20 is_hidden
    start_looking
    at busy secret_solve
    at_both redis flushall
    at busy secret_solve
    assert_same_to_viewers
    at_both ctl competition --visible yes
    at_both retry 20 get /api/leaderboard
}

@test "before the start nobody can tell whether anything is solved" {
    local start
    start=$(date -u -d '+1 hour' +%FT%TZ)
    announced() { get /api/leaderboard | json_is '.competition.starts_at and .challenges == []'; }
    at_both ctl competition --start "$start"
    at_both retry 20 announced
    start_looking
    at busy secret_solve
    at busy secret_solve
    assert_same_to_viewers
    at_both ctl competition --start none
}
