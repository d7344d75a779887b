#!/usr/bin/env bats
#
# The daemon alone, without anything that it needs.
bats_require_minimum_version 1.5.0
load ../lib/wait

repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

setup() {
    work=$(mktemp -dt sb.XXXXXX)
    cat >"$work/conf" <<END
[scoreboard]
directory = node
socket = daemon.sock
[postgres]
conninfo = host=$work dbname=none user=none
connect_deadline = 60s
[redis]
socket = redis.sock
END
}

teardown() {
    kill -KILL "${daemon:-}" "${mute:-}" 2>/dev/null || true
    rm -rf "$work"
}

# A PostgreSQL that takes connections and says nothing.
start_mute_postgres() {
    python3 -c 'import socket, sys, time
mute = socket.socket(socket.AF_UNIX)
mute.bind(sys.argv[1])
mute.listen()
connection = mute.accept()
print(connection, flush=True)
time.sleep(600)' "$work/.s.PGSQL.5432" >"$work/accepted" 3>&- &
    mute=$!
    retry 10 test -S "$work/.s.PGSQL.5432"
}

start_daemon() {
    "${SB_BUILD:-$repository}/daemon/scoreboardd" -c "$work/conf" 2>"$work/log" 3>&- &
    daemon=$!
}

daemon_has_ended() { ! kill -0 "$daemon" 2>/dev/null; }

@test "it ends when it is told to, though a server that hangs has a minute to answer" {
    start_mute_postgres
    start_daemon
    retry 10 test -s "$work/accepted"
    kill -TERM "$daemon"
    retry 20 daemon_has_ended
    wait "$daemon"
    grep 'a call still hangs' "$work/log"
}

@test "a bad command line or config is said, not served" {
    program=${SB_BUILD:-$repository}/daemon/scoreboardd
    run -64 "$program" --nonsense
    run -64 "$program" -n -c "$work/conf" nonsense
    [[ $output == *"unexpected argument: nonsense" ]]
    run -78 "$program" -c "$work/nowhere"
    run -0 "$program" -n -c "$work/conf"
    echo "gzip_level = high" >>"$work/conf"
    run -78 "$program" -n -c "$work/conf"
    [[ $output == *gzip_level* ]]
}

@test "its log names what it cannot reach, and names it once" {
    start_daemon
    retry 10 grep -q ': PostgreSQL: connection to server .* No such file' "$work/log"
    retry 10 grep -q ': Redis: .*/redis.sock: connect: No such file' "$work/log"
    retry 10 grep -q ': Redis subscription: .*/redis.sock: connect: No such file' "$work/log"
    run -1 grep -E 'PostgreSQL.*PostgreSQL|Redis.*Redis' "$work/log"
}
