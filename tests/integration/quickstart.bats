#!/usr/bin/env bats
#
# The README's first command, in a clone of its own that only this user can enter.
bats_require_minimum_version 1.5.0
load ../lib/tree
load ../lib/wait

setup_file() {
    export clone=$BATS_FILE_TMPDIR/clone
    mkdir -m 700 "$clone"
    # shellcheck disable=SC2154  # set by lib/tree
    git -C "$repository" ls-files -z | tar c -C "$repository" --null -T - | tar x -C "$clone"
}

setup() { port=$((32100 + RANDOM % 600)); }

teardown() {
    [[ -n ${quickstart:-} ]] || return 0
    kill -s TERM "$quickstart" 2>/dev/null || true
    wait "$quickstart" || true
}

start_quickstart() {
    "$clone/quickstart" --port "$port" >"$clone/output" 2>&1 3>&- &
    quickstart=$!
    wait_until 300 is_ready_or_dead
    cat "$clone/output"
    kill -0 "$quickstart"
}
is_ready_or_dead() {
    grep -qs "Ctrl-C ends it" "$clone/output" || ! kill -0 "$quickstart" 2>/dev/null
}

somebody_scored() {
    local board
    board=$(curl -sf "http://127.0.0.1:$port/api/leaderboard") &&
        jq -e '.entries[0].score > 0' <<<"$board"
}

@test "it builds a fresh clone, plays a competition live, and ends on Ctrl-C with nothing left" {
    start_quickstart
    retry 60 somebody_scored
    run -0 curl -sf "http://127.0.0.1:$port/"
    [[ $output == *"<title"* ]]
    kill -s INT "$quickstart"
    wait "$quickstart"
    run ! pgrep -f "$clone/build"
    [[ ! -e $clone/build/demo/env ]]
}

@test "a second run takes seconds, and ends an earlier one that was killed" {
    local started=$SECONDS
    start_quickstart
    kill -s KILL "$quickstart"
    wait "$quickstart" || true
    start_quickstart
    retry 60 somebody_scored
    ((SECONDS - started < 60))
    kill -s TERM "$quickstart"
    wait "$quickstart"
    run ! pgrep -f "$clone/build"
}

@test "a port that is taken is named" {
    nc -lk 127.0.0.1 "$port" 3>&- &
    listener=$!
    run ! "$clone/quickstart" --port "$port"
    kill "$listener"
    [[ $output == *"Port $port is taken"* ]]
    run ! pgrep -f "$clone/build"
}
