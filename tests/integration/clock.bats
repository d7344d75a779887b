#!/usr/bin/env bats
#
# Clocks that are set, as by an administrator or by a host that comes up without one.
# shellcheck disable=SC2034,SC2154  # what ../lib uses, and sets
bats_require_minimum_version 1.5.0
load ../lib/cluster

nodes=(1 2)

setup_file() {
    export SB_LAUNCHER=$repository/tests/torture/clocked CLOCKS=$BATS_FILE_TMPDIR/clocks
    mkdir "$CLOCKS"
    chmod 711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$CLOCKS"
    for part in postgres daemon1 daemon2; do set_clock "$part" +0; done
    setup_cluster
}

teardown_file() { teardown_cluster; }
teardown() { show_logs_of_failure; }

set_clock() { # PART SECONDS AHEAD
    echo "$2" >"$CLOCKS/$1.new"
    mv "$CLOCKS/$1.new" "$CLOCKS/$1"
}
database_is_ahead() { [[ $(sql "SELECT now() > to_timestamp($(date +%s)) + interval '$1'") == t ]]; }
database_is_right() { [[ $(sql "SELECT abs(extract(epoch FROM now()) - $(date +%s)) < 10") == t ]]; }
is_drawn_after() { (($(drawn_revision) > $1)); } # REVISION

@test "hosts' clocks are hours apart: the boards do not care" {
    set_clock daemon1 -7200
    set_clock daemon2 +7200
    for _ in 1 2 3; do
        solve
        assert_healed
    done
    set_clock daemon1 +0
    set_clock daemon2 +0
}

@test "the database's clock is set back an hour: revisions go on" {
    local before
    set_clock postgres +3600
    retry 10 database_is_ahead '50 min'
    solve
    assert_healed
    before=$(drawn_revision)
    set_clock postgres +0
    retry 10 database_is_right
    solve
    assert_healed
    (($(drawn_revision) > before))
}

# Revisions go back there: who has seen the one of the wrong clock is told of those that follow.
@test "the database's clock was days ahead: boards, and viewers that saw it, find their way back" {
    local ahead node
    start_sse viewer
    kill -STOP "$(stack pid daemon:2)" # so that it sees no change, but what has been made of it
    set_clock postgres +190000
    retry 10 database_is_ahead '2 days'
    solve
    retry 20 is_drawn_after "$((($(date +%s) + 180000) * 1000))"
    retry 20 is_whole 1
    kill -CONT "$(stack pid daemon:2)"
    retry 20 is_whole "${nodes[@]}"
    ahead=$(drawn_revision)
    wait_for_event viewer "$ahead"

    set_clock postgres +0
    retry 10 database_is_right
    solve
    retry 60 is_whole "${nodes[@]}"
    (($(drawn_revision) < ahead))
    wait_for_event viewer "$(drawn_revision)"
    for node in "${nodes[@]}"; do
        assert_boards_equal_sql "$(url_of "$node")"
        [[ $(get /api/scoreboard/health "$node" | jq .revision) == "$(drawn_revision)" ]]
    done
}

@test "the same where Redis went away before the clock was set right" {
    set_clock postgres +190000
    retry 10 database_is_ahead '2 days'
    for _ in 1 2; do # so that whoever rebuilds has seen the one before
        solve
        retry 60 is_whole "${nodes[@]}"
    done
    stack stop redis
    set_clock postgres +0
    retry 10 database_is_right
    solve
    retry 20 all_serve_the_newest
    (($(drawn_revision) < ($(date +%s) + 86400) * 1000))
    stack start redis
    retry 60 is_whole "${nodes[@]}"
}
