#!/usr/bin/env bats
#
# The stream as a browser has it, through lighttpd. Its bytes and bounds: stream-socket.bats.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/http

setup_file() {
    setup_stack --config stream.heartbeat=500ms --config stream.retry=200ms \
        --config stream.max_per_address=2
}
teardown_file() { teardown_stack; }
teardown() { stop_all_sse; }

stream_path=/api/scoreboard/stream

# Something that every board's viewer is told of.
change() { sql "INSERT INTO users (username) VALUES (md5(random()::text))"; }

current_revision() { get /api/scoreboard/health | jq .revision; }

is_ready() { grep -q '^event: ready' "$SB_STACK/sse/$1"; } # NAME

@test "ready comes at once, with the headers that keep proxies from holding anything back" {
    start_sse browser
    retry 10 is_ready browser
    run -0 tr -d '\r' <"$SB_STACK/sse/browser.head"
    [[ ${lines[0]} == "HTTP/1.1 200 OK" ]]
    for line in "Content-Type: text/event-stream" \
        "Cache-Control: no-cache, no-transform" "X-Accel-Buffering: no" \
        "X-Content-Type-Options: nosniff"; do
        [[ $'\n'$output$'\n' == *$'\n'"$line"$'\n'* ]]
    done
    [[ $output != *Content-Length* && $output != *Content-Encoding* ]]
    [[ $(sse browser) == "retry: "*"id: $(current_revision)"$'\n'"event: ready"$'\n'"data: {}"* ]]
}

@test "a change is told in one event whose id names its revision" {
    start_sse browser
    retry 10 is_ready browser
    before=$(last_event_id browser)
    change
    wait_for_event_after browser "$before"
    [[ $(last_event_id browser) == "$(current_revision)" ]]
    run -0 sed '1,/^data: {}/d; /^: /d; /^$/d' "$SB_STACK/sse/browser"
    [[ ${#lines[@]} == 3 && ${lines[0]} == "id: $(current_revision)" ]]
    [[ ${lines[1]} == "event: scoreboard" ]]
    [[ ${lines[2]} =~ ^'data: {"scope":"all","reason":"user_registered","ts":"'[0-9T:.-]+'Z"}'$ ]]
}

@test "an idle stream gets comments" {
    start_sse browser
    has_comments() { (($(grep -c '^: $' "$SB_STACK/sse/browser") >= 3)); }
    retry 10 has_comments
}

@test "whoever comes back is told what it missed, and only that" {
    revision=$(current_revision)
    start_sse current 1 -H "Last-Event-ID: $revision"
    start_sse old 1 -H "Last-Event-ID: 1"
    start_sse future 1 -H "Last-Event-ID: $((revision + 1))"
    start_sse garbage 1 -H "Last-Event-ID: <script>"
    retry 10 is_ready current
    [[ $(sse current) == *"id: $revision"$'\n'"event: ready"* && $(sse current) != *scope* ]]
    for name in old future garbage; do
        wait_for_event "$name" "$revision"
        [[ $(sse "$name") == "retry: "*$'\n'"event: ready"$'\n'"data: {}"$'\n\n'"id: $revision"$'\n'"event: scoreboard"$'\n'* ]]
    done
}

@test "a Last-Event-ID of 64 KB ends in an error as all of ours are" {
    ask "$stream_path" -H "Last-Event-ID: $(printf '7%.0s' {1..65536})"
    [[ $code == 4?? && $(body | jq -r '.error | type') == string ]]
}

@test "HEAD gives the headers, another method an error that names the right ones" {
    ask "$stream_path" --head
    [[ $code == 200 && $(header Content-Type) == text/event-stream ]]
    ask "$stream_path" -d x=1
    is_error 405
    [[ $(header Allow) == "GET, HEAD" ]]
}

# To a scoreboard, 127.0.0.1 is a proxy that it trusts, and every other address a viewer.
@test "a viewer cannot take more places than an address has, whatever it says where it comes from" {
    start_sse one 1 --interface 127.0.0.2 -H 'X-Forwarded-For: 192.0.2.1'
    start_sse two 1 --interface 127.0.0.2 -H 'X-Forwarded-For: 192.0.2.2, 127.0.0.1'
    start_sse other 1 --interface 127.0.0.3
    for name in one two other; do retry 10 is_ready "$name"; done
    ask "$stream_path" --interface 127.0.0.2 -H 'X-Forwarded-For: 192.0.2.3'
    [[ $code == 200 && $(body) =~ ^retry:\ [0-9]+$ ]]
    ask "$stream_path" -H 'X-Forwarded-For: 192.0.2.3, 127.0.0.2' # as a local proxy says it
    [[ $code == 200 && $(body) =~ ^retry:\ [0-9]+$ ]]
    ask /api/leaderboard --interface 127.0.0.2
    [[ $code == 200 ]]
}

@test "browsers that do not read hold up nobody" {
    for i in {1..20}; do
        start_sse "silent$i"
        retry 10 is_ready "silent$i"
        kill -STOP "$(<"$SB_STACK/sse/silent$i.pid")"
    done
    start_sse browser
    retry 10 is_ready browser
    for _ in 1 2 3; do
        before=$(last_event_id browser)
        change
        wait_for_event_after browser "$before"
    done
    for i in {1..20}; do kill -CONT "$(<"$SB_STACK/sse/silent$i.pid")"; done
    for i in {1..20}; do wait_for_event "silent$i" "$(last_event_id browser)"; done
}

# --- Herds ----------------------------------------------------------------------------------------

herd() { # CLIENTS
    mkdir -p "$SB_STACK/sse"
    rm -f "$SB_STACK/sse/herd"
    "${SB_BUILD:-$repository}/tests/herd" -p "${SB_URL##*:}" -n "$1" -s 120 \
        </dev/null >"$SB_STACK/sse/herd" 2>&1 3>&- &
    echo $! >"$SB_STACK/sse/herd.pid"
}
herd_says() { grep -q "^$1" "$SB_STACK/sse/herd"; } # PATTERN

# The herd knows a revision after BEFORE, and that is the newest.
knows_newest() { # CLIENTS BEFORE
    local revision
    revision=$(current_revision)
    ((revision > $2)) && herd_says "told $revision $1"
}

# As many as lighttpd has descriptors for, at most 5,000: a stream takes two and a quarter.
herd_size() {
    local limit
    limit=$((($(ulimit -Hn) * 9 / 10 - 1000) * 4 / 9))
    echo $((limit < 5000 ? limit : 5000))
}

@test "5,000 browsers are all told of each change" {
    clients=$(herd_size)
    herd "$clients"
    retry 60 herd_says "ready $clients"
    for _ in 1 2; do
        before=$(current_revision)
        change
        retry 60 knows_newest "$clients" "$before"
    done
    run ! herd_says fault
    ask /api/leaderboard
    [[ $code == 200 ]]
}

@test "after a restart of the daemon its browsers come back and are told what they missed" {
    herd 500
    retry 30 herd_says "ready 500"
    before=$(current_revision)
    stack kill daemon:1
    change
    stack start daemon:1
    is_ready_again() { (($(grep -c '^ready 500' "$SB_STACK/sse/herd") >= 2)); }
    retry 60 is_ready_again
    retry 60 knows_newest 500 "$before"
    run ! herd_says fault
}

@test "while the daemon is away a browser is told to come back, not sent away for good" {
    stack stop daemon:1
    ask "$stream_path"
    [[ $code == 200 && $(header Content-Type) == text/event-stream && $(body) == "retry: "* ]]
    herd 1
    stack start daemon:1
    retry 30 herd_says "ready 1"
    run ! herd_says fault
}

generations() { pgrep -c -s "$(<"$SB_STACK/parts/lighttpd1.session")" -x lighttpd; }
is_one_generation() { [[ $(generations) == 1 ]]; }

# The configuration takes a moment to be read, as a larger one does: lighttpd 1.4.69 misses its own
# signal, and drops its connections, where the new process is ready before the old one is scheduled.
@test "a reload of lighttpd ends no stream and holds up no board" {
    echo 'include_shell "sleep 0.5"' >>"$SB_STACK/etc/lighttpd1.conf"
    herd 500
    retry 30 herd_says "ready 500"
    before=$(current_revision)
    kill -USR1 "$(stack pid lighttpd:1)"
    for _ in {1..20}; do
        ask /api/leaderboard --max-time 4
        [[ $code == 200 ]]
        sleep 0.1
    done
    [[ $(generations) == 2 ]]
    change
    retry 60 knows_newest 500 "$before"
    [[ $(grep -c '^ready 500' "$SB_STACK/sse/herd") == 1 ]] # nobody had to come back
    run ! herd_says fault
    stop_sse herd
    retry 20 is_one_generation
}
