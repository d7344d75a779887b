#!/usr/bin/env bats
#
# `scoreboardctl export`: the final boards and the page as a folder, which a static server shows without
# anything of ours.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154  # JavaScript's variables; what others source or set
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/browser

setup_file() {
    setup_stack
    export SCOREBOARD_WEB_DIR=$repository/web
    psql -XAtq -v seed=7 -v tie_rule=shared -f "$repository/tests/lib/contract.sql"
    sql "INSERT INTO contest.divisions VALUES (77, 'students');
        UPDATE contest.teams SET division_id = 77 WHERE id % 2 = 0;
        UPDATE contest.users SET division_id = 77 WHERE id % 3 = 0"
    start_browser
}
division=77

teardown_file() {
    stop_browser
    [[ ! -e $BATS_FILE_TMPDIR/server ]] || kill "$(<"$BATS_FILE_TMPDIR/server")"
    teardown_stack
}

archive=$BATS_FILE_TMPDIR/archive

# The board of NAME in the archive, of all or of a division.
archived() { cat "$archive/archive/${2:-all}/$1.json"; } # NAME [DIVISION]

@test "writes every board, of all and of each division, as they are now, whatever is frozen" {
    mkdir "$archive" # an empty one will do
    run -0 ctl export "$archive"
    [[ $output == "$archive has the boards of "* ]]
    diff <(archived leaderboard-teams) <(ctl board --json | head -c -1)
    diff <(archived leaderboard) <(ctl board --json --users | head -c -1)
    diff <(archived leaderboard-teams "$division") <(ctl board --json --division "$division" | head -c -1)
    json_is '.submissions | length > 0' < <(archived timeline)
    json_is '.standings | length > 0' < <(archived ctftime)
    [[ $(find "$archive" -type d ! -perm 755 -o -type f ! -perm 644) == "" ]]
    [[ $(find "$BATS_FILE_TMPDIR" -maxdepth 1 -name 'archive.*') == "" ]]
}

@test "refuses a directory that is not empty, and leaves nothing where it fails" {
    run -1 ctl export "$archive"
    [[ $output == *"$archive is not empty"* ]]
    run -1 ctl export --web-dir /nowhere "$BATS_FILE_TMPDIR/other"
    [[ $output == *"/nowhere: No such file or directory"* ]]
    run -1 ctl export --web-dir "$BATS_TEST_DIRNAME" "$BATS_FILE_TMPDIR/other"
    [[ $output == *"$BATS_TEST_DIRNAME has no page"* ]]
    run -1 ctl export "$BATS_FILE_TMPDIR/no/such/place"
    [[ $output == *"no/such/place: No such file or directory"* ]]
    (cd "$BATS_FILE_TMPDIR" && run -1 ctl export . && [[ $output == *'".": give the directory by its name'* ]])
    run -64 ctl export
    [[ $output == *"export needs DIR"* ]]
    run ! compgen -G "$BATS_FILE_TMPDIR/other*"
}

# A lock makes the export wait while it reads.
@test "an export that is told to stop leaves nothing" {
    psql -XAtq -c BEGIN -c "LOCK TABLE contest.solves" -c "SELECT 'locked'" -c "SELECT pg_sleep(60)" \
        >"$BATS_FILE_TMPDIR/lock" 2>&1 3>&- &
    local pid ended=0
    retry 10 grep -q locked "$BATS_FILE_TMPDIR/lock"
    "$SB_BUILD/cli/scoreboardctl" -c "$SB_CONFIG" export "$BATS_FILE_TMPDIR/other" 3>&- &
    pid=$!
    retry 20 is_waiting
    kill -TERM "$pid"
    wait "$pid" || ended=$?
    ((ended == 143))
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'" >/dev/null
    run ! compgen -G "$BATS_FILE_TMPDIR/other*"
}
is_waiting() {
    [[ $(sql "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'scoreboardctl' AND wait_event_type = 'Lock'") == 1 ]]
}

start_static() {
    (cd "$archive/.." && exec python3 -u -m http.server --bind 127.0.0.1 0) \
        >"$BATS_FILE_TMPDIR/served" 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/server"
    retry 10 grep -q 'port [0-9]' "$BATS_FILE_TMPDIR/served"
    url=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p;q' "$BATS_FILE_TMPDIR/served")/archive/
}

@test "a static server shows it: boards, divisions and the graph, as final, and asks nobody else" {
    stack stop daemon:1 lighttpd:1 postgres
    start_static
    look 1366 768
    visit "$url?zone=utc&board=teams"
    shows 'document.querySelectorAll("#ranking .rows tr").length > 0 && document.querySelector("#graph canvas")'
    [[ $(js 'return document.querySelector("#ranking .rows .score").innerText.replace(",", "")') == "$(archived leaderboard-teams | jq '.entries[0].score')" ]]
    shows '/^Final\s+as of .* UTC$/.test(document.querySelector("#status").innerText.trim()) &&
        document.querySelector("#notice").hidden'
    screenshot "$BATS_FILE_TMPDIR/archive.png"
    js "document.querySelector('#division').value = '$division';
        document.querySelector('#division').dispatchEvent(new Event('change'))" >/dev/null
    shows "document.querySelector('#ranking table').ariaRowCount ===
        '$(($(archived leaderboard-teams "$division" | jq '.entries | length') + 2))'"
    js 'document.querySelector("[data-setting=board] [value=users]").click()' >/dev/null
    shows "document.querySelector('#ranking table').ariaRowCount ===
        '$(($(archived leaderboard "$division" | jq '.entries | length') + 2))'"
    visit "$url?view=reveal" # there is nothing to reveal
    shows 'document.querySelectorAll("#ranking .rows tr").length > 0'
    run -0 complaints
    [[ -z ${output//*favicon.ico*/} ]]
    local board
    board=$(sed -n 's/.*href="\([^"]*teams[^"]*\)".*/\1/p' "$archive/index.html") # for who has no JavaScript
    [[ $(curl -sS "$url$board") == "$(archived leaderboard-teams)" ]]
    run ! grep -E 'GET /api/|" 404 ' <(grep -v favicon "$BATS_FILE_TMPDIR/served")
}
