#!/usr/bin/env bats
#
# A daemon dies at each step of a rebuild. What it was about to do is done by the others, and once it
# is back, it catches up.
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() {
    export SB_DAEMON=$SB_BUILD/tests/scoreboardd-failpoints
    setup_cluster
}

teardown_file() { teardown_cluster; }
teardown() { show_logs_of_failure; }

dies_at() { # STEP
    local dead survivors
    arm "$1" kill
    solve
    await_deed
    retry 5 one_is_dead
    dead=$(nodes_in_state dead)
    mapfile -t survivors < <(all_but "$dead")

    assert_healed "${survivors[@]}"
    solve
    assert_healed "${survivors[@]}"
    stack start "daemon:$dead"
    assert_healed
}
one_is_dead() { [[ -n $(nodes_in_state dead) ]]; }

@test "killed before it looks for work" { dies_at look; }
@test "killed with the lock in its hand" { dies_at lock; }
@test "killed in its transaction, before the views are read" { dies_at begin; }
@test "killed after the views are read" { dies_at read; }
@test "killed after the revision is drawn" { dies_at update; }
@test "killed before COMMIT" { dies_at commit; }
@test "killed after COMMIT: the outbox is empty, and nobody has the boards" { dies_at committed; }
@test "killed after the boards are built" { dies_at build; }
@test "killed before it stores them" { dies_at store; }
@test "killed after it has stored them" { dies_at stored; }
@test "killed before it writes files" { dies_at write; }
@test "killed after the files are written" { dies_at written; }
@test "killed before current is swapped" { dies_at renamed; }
@test "killed before it tells its viewers" { dies_at current; }
