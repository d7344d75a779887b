#!/usr/bin/env bats
#
# A daemon is stopped at a step of its rebuild for longer than its lock lives, as by a paused virtual
# machine, and goes on as if nothing had happened. The others rebuild meanwhile; what the late one
# still does must not undo that.
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() {
    export SB_DAEMON=$SB_BUILD/tests/scoreboardd-failpoints
    setup_cluster --config postgres.read_deadline=20s # longer than the others need
}

teardown_file() { teardown_cluster; }

teardown() {
    local node
    for node in $(nodes_in_state T); do kill -CONT "$(stack pid "daemon:$node")"; done
    show_logs_of_failure
}

stopped_at() { # STEP [WHAT THE LATE ONE SAYS]
    local late others
    arm "$1" stop
    solve
    await_deed
    retry 5 one_is_stopped
    late=$(nodes_in_state T)
    mapfile -t others < <(all_but "$late")

    solve
    retry 60 is_whole "${others[@]}"
    kill -CONT "$(stack pid "daemon:$late")"
    assert_healed
    [[ -z ${2:-} ]] || retry 5 grep -q "$2" "$SB_LOGS/daemon$late.log"
}
one_is_stopped() { [[ -n $(nodes_in_state T) ]]; }

@test "stopped with the lock in its hand" { stopped_at lock; }
@test "stopped in its transaction, before the views are read" { stopped_at begin; }
@test "stopped after the views are read: no row is locked yet, and PostgreSQL refuses the late one" { stopped_at read 'superseded.*serialize access'; }
@test "stopped with the row of state locked: the server ends its transaction" { stopped_at update; }
@test "stopped before COMMIT" { stopped_at commit; }
@test "stopped after COMMIT" { stopped_at committed; }
@test "stopped before it stores the boards: Redis refuses the older ones" {
    stopped_at store 'superseded.*Redis has revision'
}
@test "stopped before it stores the boards: it leaves its successor's lock alone" {
    local late
    arm store stop
    solve
    await_deed
    retry 5 one_is_stopped
    late=$(nodes_in_state T)
    redis SET leaderboard:rebuild:lock successor PX 60000
    kill -CONT "$(stack pid "daemon:$late")"
    retry 10 is_whole 1 2 3
    [[ $(redis GET leaderboard:rebuild:lock) == successor ]]
    redis DEL leaderboard:rebuild:lock
}

@test "stopped after it has stored them" { stopped_at stored; }
@test "stopped before it writes files" { stopped_at write; }
@test "stopped before current is swapped" { stopped_at renamed; }
