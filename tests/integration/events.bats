#!/usr/bin/env bats
#
# Events: bursts, steady streams, foreign publishers and garbage, on three nodes.
# shellcheck disable=SC2016  # the variables are jq's
bats_require_minimum_version 1.5.0
load ../lib/stack

nodes=(1 2 3)

setup_file() {
    setup_stack --nodes 3
    sql "INSERT INTO teams (id, name) SELECT n, 'team ' || n FROM generate_series(1, 20) n;
         INSERT INTO users (id, username, team_id)
         SELECT n, 'user ' || n, n FROM generate_series(1, 20) n;
         INSERT INTO challenges (id, title, category, points)
         SELECT n, 'challenge ' || n, 'Misc', 500 FROM generate_series(1, 20) n"
    start_files
}
teardown_file() { teardown_stack; }

start_files() {
    for node in "${nodes[@]}"; do start_sse "node$node" "$node"; done
}

setup() { retry 20 settled; }

# Every node serves what PostgreSQL and Redis have, nothing is left in the outbox, and nobody is about
# to do anything. Prints the revision.
settled() {
    local node health revision
    revision=$(sql 'SELECT rev FROM scoreboard.state')
    [[ $(sql 'SELECT count(*) FROM scoreboard.outbox') == 0 ]] || return
    for node in "${nodes[@]}"; do
        health=$(get /api/scoreboard/health "$node")
        json_is '.revision == $revision and (.dirty or .behind | not)' \
            --argjson revision "$revision" <<<"$health" || return
        [[ $(last_event_id "node$node") == "$revision" ]] || return
    done
    echo "$revision"
}

metric() { # NAME NODE
    local sockets
    read -ra sockets <<<"$SB_DAEMON_SOCKETS"
    curl -sS --unix-socket "${sockets[$2 - 1]}" http://node/metrics |
        awk -v name="$1" '$1 == name { print $2 }'
}

# Rebuilds that were stored, by whichever node.
rebuilds() {
    local node sum=0
    for node in "${nodes[@]}"; do
        sum=$((sum + $(metric 'scoreboardd_rebuilds_total{result="stored"}' "$node")))
    done
    echo "$sum"
}

notices() { # NODE
    grep -c '^event: scoreboard' "$SB_STACK/sse/node$1" || true
}

# Commits each statement by itself, as many writers would.
commit_each() { psql -XAtq -v ON_ERROR_STOP=1; }

solves() { # FROM TO
    sql "SELECT format('INSERT INTO submissions (user_id, challenge_id, correct) VALUES (%s, %s, true);',
                       n % 20 + 1, n / 20 % 20 + 1) FROM generate_series($1, $2) n"
}

rebuilds_reach() { (($(rebuilds) >= $1)); }

# By the newest notice; comments may have followed it.
notice_says() { # NODE REASON
    sed -n 's/^data: //p' "$SB_STACK/sse/node$1" | tail -n 1 | grep -q "\"reason\":\"$2\""
}

@test "two hundred events at once give one rebuild in the cluster and one notice to each client" {
    local before=() rebuilt node took most told
    rebuilt=$(rebuilds)
    for node in "${nodes[@]}"; do before[node]=$(notices "$node"); done
    solves 0 199 >"$BATS_TEST_TMPDIR/burst.sql"
    took=${EPOCHREALTIME/./}
    commit_each <"$BATS_TEST_TMPDIR/burst.sql"
    took=$(((${EPOCHREALTIME/./} - took) / 1000))
    echo "the burst took $took ms"

    most=$((1 + took / 300)) # one; a machine that takes longer over the burst may see it as more
    retry 10 rebuilds_reach $((rebuilt + 1))
    retry 10 settled
    run ! wait_until 2 rebuilds_reach $((rebuilt + most + 1))
    rebuilt=$(($(rebuilds) - rebuilt))
    for node in "${nodes[@]}"; do
        told=$(($(notices "$node") - before[node]))
        echo "node $node: $told notices of $rebuilt rebuilds"
        ((told >= 1 && told <= rebuilt)) # of two in a row a node may fetch the second alone
    done
}

@test "differing reasons are told as a batch" {
    commit_each <<<"BEGIN;
        INSERT INTO users (id, username) VALUES (100, 'newcomer');
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 20, true);
        COMMIT;"
    retry 10 notice_says 2 batch
}

# Twenty times a second for ten seconds.
steady_publisher() {
    for _ in {1..200}; do
        echo "publish scoreboard.events '{\"scope\":\"all\",\"reason\":\"steady\",\"ts\":\"2026-02-27T18:00:00Z\"}'"
        sleep 0.05
    done | redis >/dev/null
}

@test "a steady stream of events does not starve the boards" {
    local publisher shown
    steady_publisher 3>&- &
    publisher=$!
    shown=$(while kill -0 "$publisher" 2>/dev/null; do get /api/scoreboard/health 2 | jq .revision; done |
        sort -u | wc -l)
    wait "$publisher"
    echo "$shown revisions while the stream lasted"
    ((shown > 3)) # starved, they would be the one from before, and perhaps one at its end
    retry 10 settled
}

@test "an event of a foreign publisher, who knows no outbox, is rebuilt and told" {
    redis publish scoreboard.events \
        '{"scope":"all","reason":"foreign_program","ts":"2026-02-27T18:00:00Z"}'
    for node in "${nodes[@]}"; do retry 10 notice_says "$node" foreign_program; done
    retry 10 settled
}

last_outbox_id() {
    sql "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('scoreboard.outbox', 'id')), 0)"
}

@test "a flood of foreign events costs a bounded number of outbox rows and loses none" {
    local event='{"scope":"all","reason":"flood"}' before started windows
    before=$(last_outbox_id)
    started=${EPOCHREALTIME/./}
    head -n 2000 < <(yes "PUBLISH scoreboard.events '$event'") |
        redis-cli -s "$SB_REDIS_SOCKET" >/dev/null
    retry 10 notice_says 1 flood
    retry 10 settled
    windows=$(((${EPOCHREALTIME/./} - started) / 300000 + 2)) # of debounce, while anyone heard of it
    (($(last_outbox_id) - before <= ${#nodes[@]} * windows))
}

@test "garbage on both channels does nothing" {
    local rebuilt garbage
    rebuilt=$(rebuilds)
    garbage=$(metric scoreboardd_events_garbage_total 1)
    for payload in '' '{' '[]' 'null' '{"scope":"mars","reason":"x"}' '{"scope":"all","reason":"A B"}' \
        "$(printf '\xff\xfe')" "$(printf '[%.0s' {1..10000})" '{"scope":"all"}'; do
        redis publish scoreboard.events "$payload"
        redis publish scoreboard.rebuilt "$payload"
    done
    heard_garbage() { (($(metric scoreboardd_events_garbage_total 1) >= garbage + 9)); }
    retry 10 heard_garbage
    run ! wait_until 1 rebuilds_reach $((rebuilt + 1))
    retry 5 settled
}

@test "the newest notice survives the death of the subscription" {
    redis client kill type pubsub
    sql "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 20, true)"
    retry 10 settled
    run -0 get /api/leaderboard 3
    json_is '.entries[] | select(.user_id == 2) | .solves[] | select(.challenge_id == 20)' <<<"$output"
}
