#!/usr/bin/env bats
#
# A Redis with a replica and three Sentinels: nodes find the primary by them, and the other one after a
# failover, and nothing is lost on the way.
# shellcheck disable=SC2034,SC2154  # what ../lib uses, and sets
bats_require_minimum_version 1.5.0
load ../lib/cluster

nodes=(1 2)

# Ports of the primary, the replica, three Sentinels, and of one that does not exist.
setup_file() {
    read -ra ports < <(free_ports 6)
    export PORTS="${ports[*]}"
    start_cluster --config redis.sentinels="127.0.0.1:${ports[5]} 127.0.0.1:${ports[2]} 127.0.0.1:${ports[3]}" \
        --config redis.master_name=boards --config redis.deadline=500ms \
        --config "redis.sentinel_password_file=sentinel.password" || return
    start_pair
    for i in 2 3 4; do start_sentinel "${ports[$i]}"; done
    retry 20 sentinels_agree
    assert_healed
}

teardown_file() {
    cat "$SB_STACK"/*.pid | xargs -r kill -KILL 2>/dev/null || true # one is dead already
    teardown_cluster
}

setup() { read -ra ports <<<"$PORTS"; }
teardown() { show_logs_of_failure; }

free_ports() { # COUNT
    python3 -c 'import socket, sys
probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(probe.getsockname()[1] for probe in probes))' "$1"
}

# --- The servers ----------------------------------------------------------------------------------

start_pair() {
    echo "port ${ports[0]}" >>"$SB_STACK/etc/redis.conf" # for when it starts anew
    redis-cli -e -s "$SB_REDIS_SOCKET" CONFIG SET port "${ports[0]}"
    cp "$SB_STACK/etc/redis.conf" "$SB_STACK/etc/replica.conf"
    start_server replica "$SB_STACK/etc/replica.conf" --port "${ports[1]}" \
        --unixsocket "$SB_STACK/run/replica.sock" --replicaof 127.0.0.1 "${ports[0]}"
    retry 20 replica_follows
}
replica_follows() { redis-cli -p "${ports[1]}" INFO replication | grep -q master_link_status:up; }

start_server() { # NAME ARGUMENTS of redis-server
    redis-server "${@:2}" </dev/null >>"$SB_LOGS/$1.log" 2>&1 3>&- &
    echo $! >"$SB_STACK/$1.pid"
    disown
}

start_sentinel() { # PORT
    local conf=$SB_STACK/etc/sentinel$1.conf
    echo "a password of Sentinels" >"$SB_STACK/etc/sentinel.password"
    cat >"$conf" <<END
port $1
dir $SB_STACK
requirepass "a password of Sentinels"
sentinel monitor boards 127.0.0.1 ${ports[0]} 2
sentinel down-after-milliseconds boards 1000
sentinel failover-timeout boards 3000
END
    start_server "sentinel$1" "$conf" --sentinel
}

ask_sentinel() { # WORDS
    redis-cli -e -p "${ports[2]}" -a "a password of Sentinels" --no-auth-warning SENTINEL "$@"
}
sentinels_agree() {
    [[ $(ask_sentinel replicas boards | grep -c '^name$') == 1 ]] &&
        [[ $(ask_sentinel sentinels boards | grep -c '^name$') == 2 ]]
}

primary_port() { ask_sentinel get-master-addr-by-name boards | tail -n 1; }
is_primary() { [[ $(primary_port) == "$1" ]]; } # PORT
role_of() { redis-cli -p "$1" ROLE | head -n 1; }
is_replica() { [[ $(role_of "$1") == slave ]]; } # PORT

# As the others' word, but of the primary that the Sentinels name.
redis() { redis-cli -e -p "$(primary_port)" "$@"; }

# --- What is done to them -------------------------------------------------------------------------

# Ten solves a second, until stop_playing.
start_playing() {
    : >"$BATS_TEST_TMPDIR/playing"
    play_on() {
        while [[ -e $BATS_TEST_TMPDIR/playing ]]; do
            solve || return
            sleep 0.1
        done
    }
    play_on 3>&- &
    player=$!
}
stop_playing() {
    rm "$BATS_TEST_TMPDIR/playing"
    wait "$player"
}

@test "the primary is found by the second Sentinel, where the first is away, and both nodes use it" {
    is_primary "${ports[0]}"
    solve
    assert_healed
    [[ $(redis-cli -p "${ports[0]}" CLIENT LIST | grep -c user=scoreboardd) -ge 4 ]]
}

@test "the primary is killed while a competition is played: the replica takes over, and nothing is lost" {
    start_playing
    sleep 1 # some boards are made
    stack kill redis
    retry 30 is_primary "${ports[1]}"
    sleep 1
    stop_playing
    assert_healed
    [[ $(role_of "${ports[1]}") == master ]]
}

@test "the old primary comes back as a replica, and takes over again when it is asked to" {
    stack start redis
    retry 30 is_replica "${ports[0]}"
    solve
    assert_healed
    retry 30 ask_sentinel failover boards
    retry 30 is_primary "${ports[0]}"
    solve
    assert_healed
}

@test "the primary hangs: the replica takes over; when it goes on, nobody believes it" {
    retry 30 is_replica "${ports[1]}"
    start_playing
    kill -STOP "$(stack pid redis)"
    retry 30 is_primary "${ports[1]}"
    sleep 1
    kill -CONT "$(stack pid redis)"
    sleep 1
    stop_playing
    retry 30 is_replica "${ports[0]}"
    assert_healed
}

@test "all Sentinels are away: what is connected stays so" {
    for i in 2 3 4; do kill -KILL "$(<"$SB_STACK/sentinel${ports[$i]}.pid")"; done
    primary_port() { echo "${ports[1]}"; }
    solve
    assert_healed
    retry 5 is_well
}
is_well() { get /api/scoreboard/health | json_is '.redis == "up" and .status == "ok"'; }
