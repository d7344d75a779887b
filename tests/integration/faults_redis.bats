#!/usr/bin/env bats
#
# Redis is a cache and a bus: it may be emptied, replaced, filled with garbage, frozen or gone, and the
# boards stand; once it is back, the cluster finds its way by itself.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/cluster

setup_file() { setup_cluster; }
teardown_file() { teardown_cluster; }

teardown() {
    stack start redis
    kill -CONT "$(stack pid redis)"
    free_disk 3
    redis CONFIG SET maxmemory 0
    redis ACL SETUSER scoreboardd +hset
    redis REPLICAOF NO ONE
    redis DEL leaderboard:rebuild:lock older
    show_logs_of_failure
}

@test "flushed: the boards stand, and are stored again" {
    redis FLUSHALL
    boards_are_served
    assert_healed
    solve
    assert_healed
}

@test "flushed in the midst of a competition" {
    for _ in {1..10}; do
        solve
        redis FLUSHALL >/dev/null
        sleep 0.1
    done
    assert_healed
}

@test "killed, and started empty" {
    stack kill redis
    solve
    boards_are_served
    stack start redis
    assert_healed
}

@test "frozen for a while: boards are served, and what was committed meanwhile follows" {
    kill -STOP "$(stack pid redis)"
    solve
    sleep 3 # longer than the daemons' deadline
    boards_are_served
    kill -CONT "$(stack pid redis)"
    assert_healed
}

@test "all subscriptions cut: the next change still arrives" {
    redis CLIENT KILL TYPE pubsub
    solve
    assert_healed
    solve
    assert_healed
}

@test "all subscriptions cut: what a foreign program said meanwhile is not lost" {
    local before
    assert_healed
    before=$(drawn_revision)
    printf '%s\n' 'CLIENT KILL TYPE pubsub' \
        "PUBLISH scoreboard.events '{\"scope\":\"all\",\"reason\":\"unheard\"}'" |
        redis-cli -s "$SB_REDIS_SOCKET"
    rebuilt() { (($(drawn_revision) > before)); }
    retry 10 rebuilt
    assert_healed
}

@test "an older snapshot comes back, as from a replica that lagged" {
    # shellcheck disable=SC2016  # Redis' variable
    redis EVAL "redis.call('SET', KEYS[2], redis.call('DUMP', KEYS[1]))" 2 scoreboard:snapshot older
    solve
    assert_healed
    redis EVAL "redis.call('RESTORE', KEYS[1], 0, redis.call('GET', KEYS[2]), 'REPLACE')" \
        2 scoreboard:snapshot older
    assert_healed
}

@test "garbage instead of the snapshot is replaced" {
    redis SET scoreboard:snapshot garbage
    assert_healed
    redis DEL scoreboard:snapshot
    redis LPUSH scoreboard:snapshot garbage
    assert_healed
}

@test "a revision that is none is replaced" {
    local garbage
    for garbage in abc '' -1 0 1e15 9007199254740992 99999999999999999999 '1 '; do
        redis HSET scoreboard:snapshot rev "$garbage"
        assert_healed
    done
}

@test "a snapshot of another format is replaced" {
    redis HSET scoreboard:snapshot format 1
    assert_healed
}

@test "a board that is missing or damaged in Redis is built anew for the node that needs it" {
    local damage
    for damage in "HDEL scoreboard:snapshot files" \
        "HSET scoreboard:snapshot files garbage" \
        "HSET scoreboard:snapshot manifest garbage" \
        "HSET scoreboard:snapshot manifest {}"; do
        fill_disk 3 # so that it still has to fetch when the damage is done
        solve
        retry 10 is_whole 1 2
        # shellcheck disable=SC2086  # a command's words
        redis $damage
        free_disk 3
        assert_healed
    done
}

# In a freeze, when the staff's line alone goes on. The nodes that are named have its newest revision.
staffs_are_whole() { # NODE...
    local revision node
    revision=$(complete_revision)
    [[ -n $revision && $(redis HGET scoreboard:snapshot staff_rev) == "$revision" ]] || return
    for node; do
        [[ $(readlink "$(directory_of "$node")/staff/current") == "boards/$revision" ]] || return
    done
}

@test "in a freeze: what is damaged of the public's boards, or is far beyond the clock of the staff's" {
    local far=9007199254740991
    ctl competition --freeze "$(date -u -d '+1 second' +%FT%TZ)"
    retry 20 staffs_are_whole "${nodes[@]}"
    stack stop daemon:3
    solve
    retry 20 staffs_are_whole 1 2
    redis HSET scoreboard:snapshot manifest \
        "$(redis HGET scoreboard:snapshot manifest | sed "s/\"size\":[0-9]*/\"size\":$far/g")"
    stack start daemon:3
    retry 20 staffs_are_whole "${nodes[@]}"

    stack stop daemon:3
    sql "UPDATE teams SET name = name || '!'"
    retry 20 staffs_are_whole 1 2
    stack stop postgres
    redis HSET scoreboard:snapshot staff_rev "$far" staff_manifest \
        "$(redis HGET scoreboard:snapshot staff_manifest | sed "s/\"revision\":[0-9]*/\"revision\":$far/")"
    stack start daemon:3
    retry 10 grep -q "revision $far in Redis is far beyond the clock" "$SB_LOGS/daemon3.log"
    stack start postgres
    retry 20 staffs_are_whole "${nodes[@]}"
    ctl competition --freeze none
    assert_healed
}

@test "out of memory: the log says what to do, and it heals" {
    local before
    before=$(stored_revision)
    redis CONFIG SET maxmemory 1
    solve
    retry 10 grep -q 'OOM .* raise its maxmemory' "$SB_LOGS"/daemon{1,2,3}.log
    boards_are_served
    [[ $(stored_revision) == "$before" ]]
    redis CONFIG SET maxmemory 0
    assert_healed
}

@test "so full that it takes looks, but no boards: each node serves them all the same" {
    local before
    before=$(stored_revision)
    redis ACL SETUSER scoreboardd -hset # else it hangs on a few KB of its clients' buffers what there is room for
    solve
    retry 10 all_serve_the_newest
    solve
    retry 10 all_serve_the_newest
    retry 10 grep -q 'cannot store revision' "$SB_LOGS"/daemon{1,2,3}.log
    [[ $(stored_revision) == "$before" ]]
    redis ACL SETUSER scoreboardd +hset
    assert_healed
}

@test "turned into a replica: the log says what to do, and it heals" {
    redis REPLICAOF 127.0.0.1 1
    solve
    retry 10 grep -q 'it is a replica' "$SB_LOGS"/daemon{1,2,3}.log
    boards_are_served
    redis REPLICAOF NO ONE
    assert_healed
}

@test "a lock that nobody gives back holds rebuilds up for as long as a lock may live, and boards never" {
    local before
    before=$(drawn_revision)
    redis SET leaderboard:rebuild:lock somebody
    solve
    sleep 1 # longer than a rebuild takes to start
    boards_are_served
    [[ $(drawn_revision) == "$before" ]]
    assert_healed
}
