#!/usr/bin/env bats
#
# The tool that all other tests stand on. A test that needs no nodes has none.
bats_require_minimum_version 1.5.0
load ../lib/stack

setup() { SB_STACK=$(mktemp -dt sb.XXXXXX); }

teardown() {
    [[ ! -e $SB_STACK/env ]] || stack down
    rm -rf "$SB_STACK"
}

up() {
    # shellcheck source=/dev/null
    stack up "$@" && source "$SB_STACK/env"
}

@test "a stack without nodes is PostgreSQL and Redis" {
    up --nodes 0
    [[ $(sql 'SELECT 1') == 1 ]]
    [[ $(redis PING) == PONG ]]
    stack down
    [[ ! -e $SB_STACK/env && ! -e $SB_STACK/run ]]
}

@test "a directory holds one stack" {
    up --nodes 0
    run ! stack up --nodes 0
    [[ $output == *"holds a stack already"* ]]
    [[ $(redis PING) == PONG ]]
}

@test "PostgreSQL runs in a directory that its user cannot enter, or whose path is long or odd" {
    chmod 700 "$SB_STACK"
    SB_STACK+="/a directory with spaces/$(printf 'x%.0s' {1..100})"
    up --nodes 0
    [[ $(sql 'SELECT 1') == 1 ]]
    stack down
    SB_STACK=${SB_STACK%%/a directory*}
}

@test "a part can be stopped, killed, started and restarted; the others do not notice" {
    up --nodes 0
    sql "CREATE TABLE kept AS SELECT 42 AS answer"
    stack stop redis
    run ! redis PING
    [[ $(sql 'TABLE kept') == 42 ]]
    stack start redis
    stack kill postgres redis
    run ! sql 'SELECT 1'
    stack start postgres redis
    stack restart postgres
    [[ $(sql 'TABLE kept') == 42 ]]
    [[ $(redis PING) == PONG ]]
}

@test "a part that ended badly fails the stop" {
    up --nodes 0
    kill -s ABRT "$(stack pid redis)"
    run ! stack down
    echo "$output"
    [[ $output == *"redis ended with status 134"* ]]
}

@test "a part that is stopped by SIGSTOP still ends" {
    up --nodes 0
    kill -s STOP "$(stack pid redis)"
    stack down
}

@test "three nodes serve the same boards, each on a port of its own" {
    up --nodes 3 --seed small
    [[ $(wc -w <<<"$SB_URLS") == 3 && $(wc -w <<<"$SB_NODE_DIRS") == 3 ]]
    for node in 1 2 3; do
        [[ $(status_of /api/scoreboard/health "$node") == 200 ]]
        [[ $(get /api/leaderboard "$node" | jq '.entries | length > 0') == true ]]
        [[ -e $(cut -d ' ' -f "$node" <<<"$SB_NODE_DIRS")/current ]]
    done
}

@test "readers answer again after all of a node's parts were killed and started" {
    up
    stack kill daemon:1 readers:1 publishers:1 lighttpd:1
    run ! get /api/leaderboard
    stack start daemon:1 readers:1 publishers:1 lighttpd:1
    get /api/leaderboard
}

@test "--config sets any key of scoreboardd.conf" {
    up --config stream.heartbeat=1s --config rebuild.debounce=100ms
    run -0 cat "$SB_CONFIG"
    [[ $output == *"heartbeat = 1s"* && $output == *"debounce = 100ms"* ]]
}
