#!/usr/bin/env bats
#
# The snapshot directory: a full disk, a second daemon, a directory that somebody cleaned.
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() { setup_cluster; }
teardown_file() { teardown_cluster; }

teardown() {
    free_disk 1 2 3
    show_logs_of_failure
}

is_behind() { get /api/scoreboard/health "$1" | json_is .behind >/dev/null; } # NODE
outbox_is_empty() { [[ -z $(sql 'TABLE scoreboard.outbox') ]]; }

@test "one node's disk is full: it serves its old boards, tells no viewer of new ones, and catches up" {
    local old
    start_sse full 2
    start_sse fine 1
    fill_disk 2
    old=$(revision_of 2)
    retry 10 grep -q "id: $old" "$SB_STACK/sse/full"
    solve
    wait_for_event_after fine "$old"
    assert_healed 1 3
    retry 10 is_behind 2
    [[ $(revision_of 2) == "$old" ]]
    [[ $(last_event_id full) == "$old" ]]
    get /api/leaderboard 2 >/dev/null
    [[ $(status_of "/api/leaderboard?rev=$(revision_of 1)" 2) == 503 ]]

    free_disk 2
    assert_healed
    wait_for_event full "$(revision_of 1)"
}

@test "all disks are full: boards are stored once, not rebuilt for ever" {
    local drawn
    fill_disk 1 2 3
    solve
    retry 10 outbox_is_empty
    drawn=$(drawn_revision)
    sleep 3 # time for several rebuilds
    [[ $(drawn_revision) == "$drawn" ]]
    free_disk 1 2 3
    assert_healed
}

@test "a second daemon on one directory is refused, and told why" {
    local config
    config=$(cut -d ' ' -f 1 <<<"$SB_CONFIGS")
    run ! timeout 10 "$SB_BUILD/daemon/scoreboardd" -c "$config"
    [[ $output == *"another scoreboardd serves $(directory_of 1)"* ]]
    solve
    assert_healed
}

@test "the boards are removed under a running daemon: the next change brings them back" {
    rm -r "$(directory_of 1)/boards"
    solve
    assert_healed
}

@test "old revisions do not pile up" {
    for _ in {1..40}; do
        solve
        retry 5 is_whole 1
    done
    (($(find "$(directory_of 1)/boards" -mindepth 1 -maxdepth 1 | wc -l) <= 32))
}
