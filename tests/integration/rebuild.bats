#!/usr/bin/env bats
#
# What a rebuild draws its revision and its event from, and that it may fail at any step. The lock
# lives for longer than any test waits: a rebuild that left it behind would be seen.
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() {
    export SB_DAEMON=$SB_BUILD/tests/scoreboardd-failpoints
    setup_cluster --config rebuild.lock_ttl=5m
}

teardown_file() { teardown_cluster; }
teardown() { show_logs_of_failure; }

event_field() { redis HGET scoreboard:snapshot manifest | jq -r ".event.$1"; } # FIELD

@test "the event has the time of the last change" {
    local ts
    sql "INSERT INTO awards (user_id, points) VALUES (1, 1)"
    ts=$(sql "INSERT INTO scoreboard.outbox (reason) VALUES ('award_changed')
        RETURNING to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS')")
    assert_healed
    [[ $(event_field reason) == award_changed ]]
    [[ $(event_field ts) == "$ts"* ]]
}

@test "when nothing changes, nothing is rebuilt" {
    local before
    before=$(drawn_revision)
    sleep 2 # four looks
    [[ $(drawn_revision) == "$before" ]]
}

@test "revisions that were drawn by a clock an hour ahead go on from there" {
    local ahead
    ahead=$(($(drawn_revision) + 3600000))
    sql "UPDATE scoreboard.state SET rev = $ahead"
    assert_healed
    (($(stored_revision) == ahead))
    solve
    assert_healed
    (($(stored_revision) == ahead + 1))
}

@test "a database that was set back makes no revision go back" {
    local ahead
    ahead=$(($(drawn_revision) + 3600000)) # the clock alone would not do
    sql "UPDATE scoreboard.state SET rev = $ahead"
    assert_healed
    sql "UPDATE scoreboard.state SET rev = 1"
    assert_healed
    (($(stored_revision) > ahead))
}

@test "a revision far beyond the clock, that nobody could ever follow, is garbage and replaced" {
    local before
    before=$(stored_revision)
    sql "UPDATE scoreboard.state SET rev = 9007199254740991"
    assert_healed
    (($(stored_revision) > before && $(stored_revision) < before + 86400000))
    redis HSET scoreboard:snapshot rev 9007199254740991
    assert_healed
    (($(stored_revision) < before + 86400000))
}

# --- Failures: the lock is given back each time, and it is tried again -----------------------------

fails_at() { # STEP
    arm "$1" fail
    solve
    await_deed
    assert_healed
}

@test "it fails to look" { fails_at look; }
@test "it fails with the lock in its hand" { fails_at lock; }
@test "it fails in its transaction, before the views are read" { fails_at begin; }
@test "it fails after the views are read" { fails_at read; }
@test "it fails after the revision is drawn" { fails_at update; }
@test "it fails before COMMIT" { fails_at commit; }
@test "it does not learn that COMMIT went well" { fails_at committed; }
@test "it fails after the boards are built" { fails_at build; }
@test "it fails before the boards are stored" { fails_at store; }
@test "it does not learn that the boards were stored" { fails_at stored; }
@test "it fails before the files are written" { fails_at write; }
@test "it fails after the files are written" { fails_at written; }
@test "it fails before current is swapped" { fails_at renamed; }
