#!/usr/bin/env bats
#
# The daemon's socket: what its clients get, to the byte, and what they can not do to it.
# On tests/streamd, the socket without the daemon; through lighttpd it is tested in stream.bats.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/streamd
load ../lib/http

teardown() { stop_streamd; }

# No comments among what is compared, unless a test is about them.
start() { # KEY=VALUE...
    [[ $* == *heartbeat=* ]] || set -- "$@" heartbeat=10m
    start_streamd "$@"
    export SB_URL=http://node SB_WEB_SOCKET=$socket
}

ready='event: ready
data: {}'

# --- What a client gets ---------------------------------------------------------------------------

@test "a new client is told at once when to come back and which revision is current" {
    start
    feed restore 1772215200000 startup
    connect new -i
    retry 10 has_got new "id: 1772215200000"$'\n'"$ready"
    [[ $(tr -d '\r' <"$work/new" | sed '/^$/q') == "HTTP/1.1 200 OK
Content-Type: text/event-stream
Cache-Control: no-cache, no-transform
X-Accel-Buffering: no
X-Content-Type-Options: nosniff
Connection: close" ]]
}

@test "each client gets its own time to come back, between once and twice the configured one" {
    start retry=3s
    for i in {1..8}; do connect "c$i"; done
    for i in {1..8}; do shows "c$i" '^data: {}'; done
    sed -n 's/^retry: //p' "$work"/c[1-8] >"$work/retries"
    [[ $(wc -l <"$work/retries") == 8 && $(sort -u "$work/retries" | wc -l) -gt 1 ]]
    while read -r ms; do ((ms >= 3000 && ms <= 6000)); done <"$work/retries"
}

@test "a notice has exactly these bytes" {
    start
    feed restore 1772215200000 startup
    connect client
    shows client '^data: {}'
    feed 1772215200431 submission_correct
    retry 10 has_got client "id: 1772215200000
$ready

id: 1772215200431
event: scoreboard
data: {\"scope\":\"all\",\"reason\":\"submission_correct\",\"ts\":\"2026-02-27T18:00:00Z\"}"
}

@test "before the first snapshot ready has no id, and the first notice follows" {
    start
    connect new
    connect back -H 'Last-Event-ID: 7'
    for name in new back; do
        shows "$name" '^data: {}'
        [[ $(got "$name") == "$ready" ]]
    done
    feed 7 startup
    for name in new back; do retry 10 has_got "$name" "$ready"$'\n\n'"$(scoreboard 7 startup)"; done
}

@test "a client that comes back up to date gets ready alone, with the id" {
    start
    feed restore 7 startup
    connect back -H 'LAST-EVENT-ID: 7'
    retry 10 has_got back "id: 7"$'\n'"$ready"
}

@test "a client that names any other id gets ready without one, then the current notice" {
    start
    feed restore 7 startup
    connect old -H 'Last-Event-ID: 6'
    connect future -H 'Last-Event-ID: 8'
    connect garbage -H 'Last-Event-ID: seven'
    connect zeros -H 'Last-Event-ID: 007'
    connect twice -H 'Last-Event-ID: 7' -H 'Last-Event-ID: 7'
    for name in old future garbage zeros twice; do
        retry 10 has_got "$name" "$ready"$'\n\n'"$(scoreboard 7 startup)"
    done
}

@test "an id in the query counts for nothing" {
    start
    feed restore 7 startup
    background query curl -sN --unix-socket "$socket" "http://node$stream_path?lastEventId=6"
    retry 10 has_got query "id: 7"$'\n'"$ready"
}

@test "an idle client gets comments" {
    start heartbeat=100ms
    connect idle
    shows idle '^data: {}'
    has_comments() { [[ $(got idle) == "$ready"$'\n\n: \n\n: \n\n: '* ]]; }
    retry 10 has_comments
}

@test "each stream ends after its own time, between half and once a lifetime, and is to be opened anew at once" {
    local lives
    start heartbeat=100ms lifetime=8s
    for i in {1..8}; do
        touch "$work/begin$i"
        connect "c$i"
    done
    for i in {1..8}; do shows "c$i" '^data: {}'; done
    retry 20 counts clients 0
    lives=$(for i in {1..8}; do echo $(($(written "c$i") - $(written "begin$i"))); done | sort -n)
    echo "they lived for ${lives//$'\n'/, } ms"
    ((${lives%%$'\n'*} >= 4000))
    ((${lives##*$'\n'} - ${lives%%$'\n'*} > 300)) # not all at once
    for i in {1..8}; do [[ $(tail -n 2 "$work/c$i") == "retry: 100" ]]; done
}
written() { stat -c %.3Y "$work/$1" | tr -d .; } # NAME    ms

@test "announcements in a row are one notice: the newest revision, the reason batch" {
    start coalesce=1s
    connect client
    shows client '^data: {}'
    feed 7 submission_correct
    feed 8 award_changed
    feed 9 submission_correct
    shows client '^id: 9'
    [[ $(got client) == "$ready"$'\n\n'"$(scoreboard 9 batch)" ]]
}

@test "an old revision, or the current one again, is not told" {
    start
    connect client
    shows client '^data: {}'
    feed 7 startup
    shows client '^id: 7'
    feed 7 periodic
    feed 6 periodic
    feed 8 submission_correct
    shows client '^id: 8'
    [[ $(got client) == "$ready"$'\n\n'"$(scoreboard 7 startup)"$'\n\n'"$(scoreboard 8 submission_correct)" ]]
}

@test "who connects while announcements are gathered gets the notice once" {
    start coalesce=1s
    feed restore 7 startup
    feed 8 submission_correct
    connect new
    connect back -H 'Last-Event-ID: 7'
    connect ahead -H 'Last-Event-ID: 8'
    shows new '^id: 7'
    for name in new back ahead; do shows "$name" '^id: 8'; done
    feed 9 award_changed
    for name in new back ahead; do
        shows "$name" '^id: 9'
        [[ $(grep -c '^id: 8' "$work/$name") == 1 ]]
    done
}

@test "a notice that a socket takes in bits arrives whole" {
    STREAMD_SHORT_WRITES=1 start heartbeat=100ms
    herd herd 1000
    shows herd '^ready 1000'
    for revision in {1..50}; do # of differing lengths, so that parts of two make no whole
        feed "$revision" "$(printf 'x%.0s' $(seq $((revision % 7 + 1))))"
        sleep 0.01
    done
    shows herd '^told 50 1000'
    run ! grep fault "$work/herd"
    (($(count_of superseded) > 1000)) # many came while another was on its way
    ask /api/scoreboard/health
    [[ $(body) == '{"page":"health"}' ]]
}

# --- Short answers --------------------------------------------------------------------------------

@test "HEAD gives the stream's headers and ends" {
    start
    ask "$stream_path" --head
    [[ $code == 200 && $(header Content-Type) == text/event-stream ]]
    [[ $(header X-Accel-Buffering) == no && -z $(header Content-Length) ]]
    [[ $(count_of accepted) == 0 ]]
}

@test "health, metrics and status are short pages; their status is the node's" {
    start
    ask /api/scoreboard/health
    [[ $code == 503 && $(body) == '{"page":"health"}' ]]
    [[ $(header Cache-Control) == no-store && $(header Content-Length) == 17 ]]
    ask /api/scoreboard/health --head
    [[ $code == 503 && $(header Content-Length) == 17 ]]
    ask /metrics
    [[ $code == 200 && $(header Content-Type) == "text/plain; version=0.0.4; charset=utf-8" ]]
    ask /status
    [[ $code == 200 && $(header Content-Type) == "application/json; charset=utf-8" ]]
}

@test "of what is forgotten before it was told nobody is told" {
    start
    feed restore 100 startup
    connect viewer
    shows viewer 'id: 100'
    feed $'900 a_wrong_clock 1\nforget'
    connect other # which takes longer than notices are held back
    shows other '^data: {}'
    feed 120 settings_changed
    retry 10 has_got viewer "id: 100"$'\n'"$ready"$'\n\n'"$(scoreboard 120 settings_changed)"
}

# --- The staff ------------------------------------------------------------------------------------

token="a-staff-token-of-this-test"
as_staff=(-H "Authorization: Bearer $token")

start_with_token() {
    start "$@"
    (umask 077 && echo "$token" >"$work/staff-tokens")
}

@test "who has a staff token follows the staff's notices, and everybody else the public's" {
    start_with_token
    feed restore 100 startup
    feed staff 105 startup
    connect viewer
    connect staff "${as_staff[@]}"
    connect basic -u user:password # the web server's own affair
    shows viewer 'id: 100'
    shows staff 'id: 105'
    feed staff 110 submission_correct
    shows staff 'id: 110'
    feed 120 settings_changed
    for name in viewer basic; do
        retry 10 has_got "$name" "id: 100"$'\n'"$ready"$'\n\n'"$(scoreboard 120 settings_changed)"
    done
    retry 10 has_got staff "id: 105"$'\n'"$ready"$'\n\n'"$(scoreboard 110 submission_correct)"
}

@test "a wrong token is refused, whatever it was to open" {
    start_with_token
    for path in "$stream_path" /api/scoreboard/health; do
        for wrong in wrong-token-of-this-test "${token}x" short; do
            ask "$path" -H "Authorization: Bearer $wrong"
            is_error 401
            [[ $(header WWW-Authenticate) == Bearer ]]
            ask "$path" --head -H "Authorization: Bearer $wrong"
            [[ $code == 401 ]]
        done
    done
    ask /api/scoreboard/health
    [[ $(body) == '{"page":"health"}' ]]
    ask /api/scoreboard/health "${as_staff[@]}"
    [[ $(body) == '{"page":"health for the staff"}' ]]
}

@test "a token that is taken back ends its streams within seconds, and opens none" {
    start_with_token heartbeat=10m
    feed restore 100 startup
    connect viewer
    connect staff "${as_staff[@]}"
    retry 10 counts clients 2
    echo another-staff-token-of-this-test >"$work/staff-tokens"
    retry 10 counts clients 1
    ask "$stream_path" "${as_staff[@]}"
    is_error 401
    token=another-staff-token-of-this-test
    connect other -H "Authorization: Bearer $token"
    retry 10 counts clients 2
    rm "$work/staff-tokens"
    retry 10 counts clients 1
    grep -q "nobody sees the staff's stream" "$work/log"
    feed 120 submission_correct
    shows viewer 'id: 120'
}

# --------------------------------------------------------------------------------------------------

@test "another method is refused with those that work" {
    start
    for path in "$stream_path" /status; do
        ask "$path" -d scope=all
        is_error 405
        [[ $(header Allow) == "GET, HEAD" ]]
    done
    head -c 100000 /dev/zero >"$work/upload"
    ask "$stream_path" -T "$work/upload"
    is_error 405
}

@test "an unknown path is a JSON 404" {
    start
    for path in / /api /api/scoreboard/stream/ /api/scoreboard//stream /api/scoreboard/strea%6D; do
        ask "$path" --path-as-is
        is_error 404
    done
}

@test "a malformed request and another version are refused" {
    start
    run -0 raw 5 <<<$'GET / HTTP/1.1\nHost: node\n'
    [[ ${lines[0]} == "HTTP/1.1 400 Bad Request"* ]]
    run -0 raw 5 < <(printf 'GET / HTTP/2.0\r\nHost: node\r\n\r\n')
    [[ ${lines[0]} == "HTTP/1.1 505 "* ]]
    run -0 raw 5 < <(head -c 65536 /dev/urandom | tr -d '\n')
    [[ $output == "HTTP/1.1 431 "* || $output == "HTTP/1.1 400 "* ]]
}

@test "a Last-Event-ID of 64 KB is refused, and the refusal arrives" {
    start
    ask "$stream_path" -H "Last-Event-ID: $(printf '7%.0s' {1..65536})"
    is_error 431
}

@test "an answer that comes before the end of what is sent is not lost" {
    start
    run -0 python3 - "$socket" <<'END'
import select, socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
client.sendall(b"POST /status HTTP/1.1\r\nHost: node\r\nContent-Length: 100000\r\n\r\n")
select.select([client], [], [], 10)
client.sendall(bytes(100000))
client.shutdown(socket.SHUT_WR)
print(client.makefile().read())
END
    [[ ${lines[0]} == "HTTP/1.1 405 "* ]]
}

# --- Bounds ---------------------------------------------------------------------------------------

@test "a head may come in pieces, and not for ever" {
    start head_deadline=1s
    run -0 raw 10 < <(for piece in G 'ET ' /status ' HTTP/1.1' $'\r' $'\nHost: node\r\n\r' $'\n'; do
        printf %s "$piece"
        sleep 0.05
    done)
    [[ $output == *'{"page":"status"}' ]]
    run -0 raw 10 < <(printf 'GET /status HT' && sleep 2)
    [[ ${lines[0]} == "HTTP/1.1 408 "* ]]
    run -0 raw 10 < <(sleep 2)
    [[ ${lines[0]} == "HTTP/1.1 408 "* ]]
}

@test "over the cap the answer is a 200 that says when to come back, and ends" {
    start max_clients=3
    herd herd 3
    shows herd '^ready 3'
    ask "$stream_path"
    [[ $code == 200 && $(header Content-Type) == text/event-stream ]]
    [[ $(body) =~ ^retry:\ [0-9]+$ ]]
    ask /status # pages are not clients
    [[ $code == 200 ]]
    [[ $(count_of clients) == 3 && $(count_of refused) == 1 ]]
    leave herd
    retry 10 counts clients 0
    connect next
    shows next '^data: {}'
}

@test "an address has so many places, and who comes when they are taken is told to come back" {
    start max_per_address=2 trusted_proxies=10.0.0.0/8
    connect one -H 'X-Forwarded-For: 192.0.2.1'
    connect two -H 'X-Forwarded-For: 198.51.100.7, 192.0.2.1, 10.1.1.1' # by a trusted proxy
    for name in one two; do shows "$name" '^data: {}'; done
    for forwarded in 192.0.2.1 '203.0.113.9, 192.0.2.1' '192.0.2.1,10.2.2.2' ::ffff:192.0.2.1; do
        ask "$stream_path" -H "X-Forwarded-For: $forwarded"
        [[ $code == 200 && $(body) =~ ^retry:\ [0-9]+$ ]]
    done
    [[ $(count_of clients) == 2 && $(count_of refused) == 4 ]]
    [[ $(grep -c 'streams come from one address' "$work/log") == 1 ]]
    connect other -H 'X-Forwarded-For: 192.0.2.1, 192.0.2.2'
    connect local
    shows other '^data: {}'
    shows local '^data: {}'
    leave one
    retry 10 counts clients 3
    connect next -H 'X-Forwarded-For: 192.0.2.1'
    shows next '^data: {}'
}

@test "an IPv6 network is one address, since its addresses are without number" {
    start max_per_address=2
    connect one -H 'X-Forwarded-For: 2001:db8:1:2::1'
    connect two -H 'X-Forwarded-For: 2001:db8:1:2:ffff::'
    connect other -H 'X-Forwarded-For: 2001:db8:1:3::1'
    for name in one two other; do shows "$name" '^data: {}'; done
    ask "$stream_path" -H 'X-Forwarded-For: 2001:db8:1:2::3'
    [[ $(body) =~ ^retry:\ [0-9]+$ ]]
}

@test "without a free descriptor whoever comes is turned away with an answer, and nothing spins" {
    ulimit -n 100
    start
    grep -q 'limit of open files' "$work/log"
    for i in {1..100}; do background "idle$i" nc -U "$socket"; done
    is_turned_away() {
        ask "$stream_path" && [[ $code == 200 && $(body) =~ ^retry:\ [0-9]+$ ]] &&
            ask /status && [[ $code == 503 ]]
    }
    retry 10 is_turned_away
    before=$(cpu_time)
    sleep 1
    (($(cpu_time) - before < 20))
    for i in {1..100}; do leave "idle$i"; done
    is_served() { ask /status && [[ $code == 200 ]]; }
    retry 10 is_served
}
cpu_time() { awk '{ print $14 + $15 }' "/proc/$streamd/stat"; } # hundredths of a second

@test "a client may say a little after its request, and is dropped when it goes on" {
    start
    mkfifo "$work/talk"
    nc -U "$socket" <"$work/talk" >"$work/talker" 3>&- {feed}>&- &
    exec {talk}>"$work/talk"
    printf 'GET %s HTTP/1.1\r\nHost: node\r\n\r\n' "$stream_path" >&"$talk"
    shows talker '^data: {}'
    head -c 3000 /dev/zero >&"$talk"
    feed 7 startup
    shows talker '^id: 7'
    [[ $(count_of clients) == 1 ]]
    head -c 3000 /dev/zero >&"$talk"
    retry 10 counts clients 0
    exec {talk}>&-
}

@test "a client that does not read holds up nobody, costs nothing and is closed in time" {
    start coalesce=1ms stall_deadline=4s heartbeat=500ms
    herd herd 20
    shows herd '^ready 20'
    for i in {1..10}; do
        connect "silent$i"
        shows "silent$i" '^data: {}'
        kill -STOP "$(<"$work/silent$i.pid")"
    done
    memory() { sed -n 's/^RssAnon:\s*\([0-9]*\) kB/\1/p' "/proc/$streamd/status"; }
    before=$(memory)
    for revision in {1..300}; do
        feed "$revision" submission_correct
        sleep 0.005
    done
    shows herd '^told 300 20'
    run ! grep fault "$work/herd"
    (($(count_of superseded) >= 10)) # or none of them was stalled
    (($(memory) - before < 512))     # kB; sanitizers keep what is freed
    retry 20 counts stalled 10
    [[ $(count_of clients) == 20 ]]
}

@test "a client that stops reading and goes on later gets whole notices, and the newest" {
    start coalesce=1ms
    connect slow
    shows slow '^data: {}'
    kill -STOP "$(<"$work/slow.pid")"
    for revision in {1..200}; do
        feed "$revision" submission_correct
        sleep 0.005
    done
    retry 10 at_least superseded 1
    kill -CONT "$(<"$work/slow.pid")"
    shows slow '^id: 200'
    ids=$(sed -n 's/^id: //p' "$work/slow")
    (($(wc -l <<<"$ids") < 200))
    [[ $ids == "$(sort -un <<<"$ids")" ]]
    printf '%s\n\n' "$ready" >"$work/whole"
    for id in $ids; do scoreboard "$id" submission_correct; done >>"$work/whole"
    diff <(got slow) "$work/whole"
}

@test "5,000 clients are all told" {
    start
    herd herd 5000
    export seconds=60
    shows herd '^ready 5000'
    for revision in 1 2 3; do
        feed "$revision" submission_correct
        shows herd "^told $revision 5000"
    done
    run ! grep fault "$work/herd"
    [[ $(count_of delivered) == 15000 ]]
    leave herd
    retry 10 counts clients 0
}

# --- The socket file ------------------------------------------------------------------------------

@test "the socket is for its owner and group alone, whatever the umask" {
    umask 077
    start
    [[ $(stat -c %a "$socket") == 660 ]]
}

@test "a socket file that a killed daemon left is replaced; one in use, or another file, is not" {
    start
    run -1 timeout 5 "$build/tests/streamd" -c "$work/conf" </dev/null
    [[ $output == *"$socket: somebody listens"* ]]
    kill -KILL "$streamd"
    wait "$streamd" || true
    [[ -S $socket ]]
    run_streamd
    kill "$streamd"
    wait "$streamd"
    [[ ! -e $socket ]]
    echo precious >"$socket"
    run -1 timeout 5 "$build/tests/streamd" -c "$work/conf" </dev/null
    [[ $output == *"$socket"* && $(<"$socket") == precious ]]
    rm "$socket"
    run_streamd
}
