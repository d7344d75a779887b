#!/usr/bin/env bats
#
# PostgreSQL stops, or makes a rebuild wait: boards and streams stand, and whatever was committed is on
# the boards afterwards.
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() {
    setup_cluster --config postgres.read_deadline=30s # longer than anything is locked
}

teardown_file() { teardown_cluster; }

teardown() {
    stack start postgres
    show_logs_of_failure
}

@test "stopped fast: boards are served; it comes back" {
    solve
    stack stop postgres
    boards_are_served
    stack start postgres
    solve
    assert_healed
}

@test "stopped immediately: boards are served; it comes back" {
    solve
    stack kill postgres
    boards_are_served
    stack start postgres
    solve
    assert_healed
}

@test "gone together with Redis: boards are served; both come back" {
    solve
    stack kill postgres redis
    boards_are_served
    stack start postgres redis
    solve
    assert_healed
}

@test "every connection of the daemons cut: they open new ones" {
    solve
    sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'scoreboard_daemon'"
    solve
    assert_healed
}

# Holds what STATEMENT locks until the test says `end_hold`.
hold() { # STATEMENT
    rm -f "$BATS_TEST_TMPDIR/go"
    mkfifo "$BATS_TEST_TMPDIR/go"
    sql "BEGIN" -c "$1" -c "\\! touch $BATS_TEST_TMPDIR/held; read -r _ <$BATS_TEST_TMPDIR/go" -c "COMMIT" \
        </dev/null >/dev/null 3>&- &
    holder=$!
    retry 5 test -e "$BATS_TEST_TMPDIR/held"
}
end_hold() {
    echo >"$BATS_TEST_TMPDIR/go"
    wait "$holder"
}

# A rebuild that waited those 10 s would rest for 40 afterwards. The bound is one second.
@test "a table is locked for 10 s: boards are served, no rebuild waits long, no change is lost" {
    hold "LOCK TABLE submissions"
    sql "INSERT INTO awards (user_id, points) VALUES (1, 5)"
    sleep 10
    boards_are_served
    [[ -z $(sql "SELECT query FROM pg_stat_activity WHERE usename = 'scoreboard_daemon'
        AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - interval '5 s'") ]]
    end_hold
    assert_healed
}

@test "a transaction that began first and commits last is not forgotten" {
    hold "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (40, 10, true)"
    solve
    assert_healed
    end_hold
    assert_healed
}

@test "COPY, TRUNCATE, a large transaction and a savepoint that is rolled back reach the boards" {
    sql "COPY awards (team_id, points) FROM STDIN" <<<$'1\t7\n2\t8'
    assert_healed
    sql "INSERT INTO awards (user_id, points) SELECT 1 + i % 40, 1 FROM generate_series(1, 100000) i"
    assert_healed
    sql "BEGIN; INSERT INTO awards (user_id, points) VALUES (1, 10); SAVEPOINT s;
        INSERT INTO awards (user_id, points) VALUES (2, 20); ROLLBACK TO s; COMMIT"
    assert_healed
    sql "TRUNCATE awards"
    assert_healed
}
