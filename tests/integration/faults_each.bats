#!/usr/bin/env bats
#
# Each call of the system fails in turn: what works for the boards says so, neither crashes nor leaks,
# and all is well once the fault is gone. Here one call of each forty, and at least four of each kind;
# `make faults` tries them all.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() {
    setup_stack --nodes 1 --seed small
    stack stop daemon:1
}

teardown_file() { teardown_stack; }

starve() { # PROGRAM ARGUMENTS...
    "$SB_BUILD/tests/faults/$1" "${@:2}" "${SB_FAULTS_STEP:-${step:-40}}" 2>"$BATS_TEST_TMPDIR/faults" ||
        { tail -n 60 "$BATS_TEST_TMPDIR/faults" >&2 && false; }
}

@test "a rebuild" {
    starve rebuild "$SB_CONFIG" rebuild
}

@test "a fetch of what another node has built" {
    starve rebuild "$SB_CONFIG" fetch
}

@test "in a freeze: a rebuild of the staff's boards alone, and a fetch of both" {
    ctl competition --freeze "$(date -u -d '-1 second' +%FT%TZ)"
    starve rebuild "$SB_CONFIG" rebuild
    starve rebuild "$SB_CONFIG" fetch
    ctl competition --freeze none
}

@test "a read of a board, as a file and as text" {
    starve read "$SB_CONFIG" "$BATS_TEST_TMPDIR"
}

@test "an event that is published" {
    starve publish "$SB_CONFIG" "$BATS_TEST_TMPDIR" "$SB_TOKEN"
}

@test "a life of the daemon's socket" {
    starve stream "$BATS_TEST_TMPDIR"
}

@test "a migration" {
    cat >"$BATS_TEST_TMPDIR/starved.conf" <<'END'
[scoreboard]
instance = starved
[postgres]
conninfo = connect_timeout=10
connect_deadline = 500ms
END
    step=400 # each try is three migrations
    starve migrate "$BATS_TEST_TMPDIR/starved.conf" "$repository/sql"
}

@test "an export" {
    local archive=$BATS_TEST_TMPDIR/archive page=$BATS_TEST_TMPDIR/page
    mkdir -p "$archive" "$page/css"
    cp "$repository"/web/{index.html,archive.js} "$page"
    cp "$repository"/web/css/* "$page/css"
    starve export "$SB_CONFIG" "$page" "$archive"
}
