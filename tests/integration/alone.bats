#!/usr/bin/env bats
#
# Without Redis each node works for itself; and nothing that stands in Redis, or is done to the
# platform's tables, keeps a node from right boards.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() { setup_cluster --config redis.lease=1s; }
teardown_file() { teardown_cluster; }

teardown() {
    stack start redis
    redis DEL leaderboard:rebuild:lock scoreboard:database
    show_logs_of_failure
}

log_says() { grep -q "$1" "$SB_LOGS"/daemon*.log; } # WORDS

@test "while Redis is away every node shows what is committed, at one revision, and then they agree" {
    stack stop redis
    for _ in 1 2 3; do
        solve
        retry 20 all_serve_the_newest
        for node in "${nodes[@]}"; do assert_boards_equal_sql "$(url_of "$node")"; done
    done
    stack start redis
    assert_healed
}

@test "while Redis is away nodes do not draw in turn for ever" {
    local before
    stack stop redis
    solve
    retry 20 all_serve_the_newest
    before=$(drawn_revision)
    sleep 2 # four looks
    [[ $(drawn_revision) == "$before" ]]
}

@test "nor do nodes that have a Redis each, as by a configuration that was not changed" {
    local before
    sed -i '/^\[redis\]/a database = 1' "$SB_STACK/etc/scoreboardd2.conf"
    stack restart daemon:2
    solve
    retry 20 all_serve_the_newest
    before=$(drawn_revision)
    sleep 2 # four looks
    [[ $(drawn_revision) == "$before" ]]
    sed -i '/^database = 1$/d' "$SB_STACK/etc/scoreboardd2.conf"
    stack restart daemon:2
    assert_healed
}

@test "names that are another database's are left alone, and both are named" {
    local stored
    stored=$(stored_revision)
    renew_claim() { while redis SET scoreboard:database another-database PX 2000 >/dev/null; do sleep 0.2; done; }
    renew_claim 3>&- &
    local other=$!
    retry 10 log_says 'those of database another-database, not of this one'
    solve
    retry 20 all_serve_the_newest
    [[ $(stored_revision) == "$stored" ]]
    kill "$other"
    assert_healed
    (($(stored_revision) > stored))
}

@test "a lock without an end, or of another type, is none for longer than a lock may live" {
    redis SET leaderboard:rebuild:lock for-ever
    solve
    retry 20 is_whole "${nodes[@]}"
    redis DEL leaderboard:rebuild:lock
    redis LPUSH leaderboard:rebuild:lock x
    solve
    retry 20 is_whole "${nodes[@]}"
    log_says 'lock'
}

@test "a rewrite of a source while it is read empties no board" {
    local rows
    rows=$(get /api/leaderboard | jq '[.entries[].solves[]] | length')
    ((rows > 0))
    for _ in {1..8}; do
        sql "INSERT INTO scoreboard.outbox (reason) VALUES ('settings_changed')"
        sql "ALTER TABLE submissions ADD COLUMN r float8 DEFAULT random()"
        (($(get /api/leaderboard | jq '[.entries[].solves[]] | length') >= rows))
        sql "ALTER TABLE submissions DROP COLUMN r"
    done
    assert_healed
}

@test "a table that was truncated, or dropped and made anew under its name, is on the boards within moments" {
    sql "BEGIN; CREATE TABLE kept AS TABLE awards; DROP TABLE awards;
        CREATE TABLE awards (LIKE kept); INSERT INTO awards SELECT * FROM kept; DROP TABLE kept; COMMIT"
    assert_healed
    sql "INSERT INTO awards (id, user_id, points, reason, awarded_at) VALUES (999, 1, 7, '', now())"
    retry 10 sees_award
    assert_healed
}
sees_award() { get /api/leaderboard | jq -e '[.entries[].awards[]?.points] | index(7)' >/dev/null; }

@test "a backlog of a hundred thousand notes under an old snapshot is worked off, and looks stay cheap" {
    open_old_snapshot() { psql -XAtq -c 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; SELECT pg_sleep(300)' >/dev/null; }
    open_old_snapshot 3>&- &
    local old=$! pages
    sql "INSERT INTO scoreboard.outbox (reason) SELECT 'submission_changed' FROM generate_series(1, 100001)"
    retry 120 is_whole "${nodes[@]}"
    # What is left are dead rows, which the old snapshot keeps: a look does not read them.
    pages=$(sql "EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT FROM scoreboard.outbox
        WHERE writer >= (SELECT outbox_from FROM scoreboard.state) ORDER BY writer DESC LIMIT 1" |
        jq '.[0].Plan | ."Shared Hit Blocks" + ."Shared Read Blocks"')
    echo "a look read $pages pages"
    ((pages < 100))
    kill "$old" 2>/dev/null || true
    psql -XAtqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)%' AND pid <> pg_backend_pid()" >/dev/null
    assert_healed
}

@test "row level security on a source is an error that names it, and the boards stand" {
    local before
    assert_healed
    before=$(get /api/leaderboard | jq '.entries | length')
    sql "ALTER TABLE users ENABLE ROW LEVEL SECURITY"
    solve
    retry 10 log_says 'row-level security policy for table "users"'
    [[ $(get /api/leaderboard | jq '.entries | length') == "$before" ]]
    sql "ALTER TABLE users DISABLE ROW LEVEL SECURITY"
    assert_healed
}

@test "a connection that the server closed for being idle is no failure" {
    local failures
    redis CONFIG SET timeout 1
    sql "ALTER ROLE scoreboard_daemon SET idle_session_timeout = '1s'"
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'scoreboard_daemon'"
    assert_healed
    failures=$(cat "$SB_LOGS"/daemon*.log | grep -c 'rebuild failed\|rebuild: ' || true)
    sleep 3 # idle for longer than both
    solve
    assert_healed
    [[ $(cat "$SB_LOGS"/daemon*.log | grep -c 'rebuild failed\|rebuild: ' || true) == "$failures" ]]
    redis CONFIG SET timeout 0
    sql "ALTER ROLE scoreboard_daemon RESET idle_session_timeout"
}

@test "health says how late the boards are, and why, and when they are not" {
    is_late() { get /api/scoreboard/health | jq -e '.late_ms > 0 and .reason == "database" and .status == "degraded"'; }
    is_prompt() { get /api/scoreboard/health | jq -e '.late_ms == 0 and .reason == "" and .status == "ok"'; }
    retry 10 is_prompt
    stack stop postgres
    retry 20 is_late
    stack start postgres
    retry 20 is_prompt
    assert_healed
}
