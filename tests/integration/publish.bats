#!/usr/bin/env bats
#
# POST /api/scoreboard/events as a platform calls it, on a whole stack of one node.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/stack
load ../lib/http

setup_file() { setup_stack --config publish.redis_deadline=2s; }
teardown_file() { teardown_stack; }

# What a test takes away comes back, however it ended.
teardown() {
    kill -s CONT "$(stack pid redis)" 2>/dev/null || true
    stack start redis postgres
    [[ ! -e $BATS_TEST_TMPDIR/tokens ]] || cp "$BATS_TEST_TMPDIR/tokens" "$SB_STACK/etc/tokens"
    [[ $(sql "SELECT to_regnamespace('elsewhere')") == '' ]] ||
        sql 'ALTER SCHEMA elsewhere RENAME TO scoreboard'
}

post() { # BODY
    ask /api/scoreboard/events -H "Authorization: Bearer ${token:-$SB_TOKEN}" \
        -H "Content-Type: ${content_type:-application/json}" --data-binary "$1"
}

is_accepted() { # REASON
    [[ $code == 202 ]] &&
        [[ $(header Content-Type) == "application/json; charset=utf-8" ]] &&
        [[ $(header X-Content-Type-Options) == nosniff ]] &&
        [[ $(body) =~ ^\{\"scope\":\"all\",\"reason\":\"$1\",\"ts\":\"20[0-9T:.-]+Z\"\}$ ]]
}

outbox_is_empty() { [[ $(sql 'SELECT count(*) FROM scoreboard.outbox') == 0 ]]; }

# --- Accepted -------------------------------------------------------------------------------------

@test "an event is accepted, answered as it is told, and reaches the viewers" {
    start_sse viewer
    retry 20 grep -q '^event: ready' "$SB_STACK/sse/viewer"
    post '{"scope":"all","reason":"hello_viewers"}'
    is_accepted hello_viewers
    retry 20 grep -qF '"reason":"hello_viewers"' "$SB_STACK/sse/viewer"
    retry 20 outbox_is_empty
    stop_sse viewer
}

@test "scope may be left out, and unknown fields are nobody's error" {
    post '{"reason":"a","who":{"cares":[1]}}'
    is_accepted a
    content_type='Application/JSON ; charset=utf-8'
    post ' {"reason":"a"} '
    is_accepted a
}

@test "the word on Redis says that the row is there, so that no node writes another" {
    redis SUBSCRIBE scoreboard.events >"$BATS_TEST_TMPDIR/heard" 3>&- &
    listener=$!
    retry 20 grep -q subscribe "$BATS_TEST_TMPDIR/heard"
    post '{"reason":"once"}'
    is_accepted once
    retry 20 grep -qF '"reason":"once"' "$BATS_TEST_TMPDIR/heard"
    kill "$listener"
    [[ $(grep -F '"reason":"once"' "$BATS_TEST_TMPDIR/heard" | jq .outbox) == true ]]
}

# --- Refused --------------------------------------------------------------------------------------

@test "without a good token: 401, whatever the rest is" {
    for authorization in '' 'Bearer' 'Bearer ' 'Bearer wrong' "Bearer ${SB_TOKEN}x" \
        "Bearer ${SB_TOKEN%?}" "Basic $SB_TOKEN" "$SB_TOKEN" 'Bearer #'; do
        ask /api/scoreboard/events -H "Authorization: $authorization" -d 'no json'
        is_error 401
        [[ $(header WWW-Authenticate) == Bearer ]]
    done
}

@test "a token that is taken back is refused from then on, and a new one accepted" {
    cp "$SB_STACK/etc/tokens" "$BATS_TEST_TMPDIR/tokens"
    echo "another-platforms-token" >"$SB_STACK/etc/tokens"
    post '{"reason":"a"}'
    is_error 401
    token=another-platforms-token
    post '{"reason":"a"}'
    is_accepted a
    rm "$SB_STACK/etc/tokens"
    post '{"reason":"a"}'
    is_error 401
    grep -q 'nobody can publish' "$SB_LOGS"/publishers1.log
}

@test "a body that is no event names the field at fault" {
    post '{"scope":"all"}' && is_error 400 reason
    post '{"reason":""}' && is_error 400 reason
    post '{"reason":"two\nlines"}' && is_error 400 reason
    post '{"reason":7}' && is_error 400 reason
    post '{"reason":"Upper"}' && is_error 400 reason
    post "{\"reason\":\"$(printf 'a%.0s' {1..65})\"}" && is_error 400 reason
    post '{"scope":"division:3","reason":"a"}' && is_error 400 scope
    post '{"scope":null,"reason":"a"}' && is_error 400 scope
    post '' && is_error 400 body
    post 'not json' && is_error 400 body
    post '["reason"]' && is_error 400 body
    post '{"reason":"a"} and more' && is_error 400 body
    post '{"reason":"a"' && is_error 400 body
}

@test "JSON nested 10,000 deep is refused, and the responder lives" {
    printf '[%.0s' {1..2000} >"$BATS_TEST_TMPDIR/deep" # within body_max
    post "@$BATS_TEST_TMPDIR/deep"
    is_error 400 body
    printf '[%.0s' {1..10000} >"$BATS_TEST_TMPDIR/deeper"
    post "@$BATS_TEST_TMPDIR/deeper"
    [[ $code == 413 ]]
    post '{"reason":"a"}'
    is_accepted a
}

@test "a body of 1 MB, and one beyond what lighttpd takes in, is too large" {
    head -c 1048576 /dev/zero >"$BATS_TEST_TMPDIR/large"
    post "@$BATS_TEST_TMPDIR/large"
    [[ $code == 413 && $(body | jq -r .error) == "body too large" ]]
    head -c 5000000 /dev/zero >"$BATS_TEST_TMPDIR/larger"
    post "@$BATS_TEST_TMPDIR/larger" || true # lighttpd may close before curl has sent it all
    [[ $code == 413 && $(body | jq -r .error) == "body too large" ]]
}

@test "a wrong content type is refused" {
    for type in text/plain application/x-www-form-urlencoded application/jsonx \
        application/json-seq ''; do
        ask /api/scoreboard/events -H "Authorization: Bearer $SB_TOKEN" -H "Content-Type: $type" \
            -d '{"reason":"a"}'
        is_error 415
    done
}

@test "other methods are told the right one" {
    for method in GET PUT DELETE; do
        ask /api/scoreboard/events -X "$method" -H "Authorization: Bearer $SB_TOKEN"
        is_error 405
        [[ $(header Allow) == POST ]]
    done
}

@test "a caller that ends its body early, or sends it slowly, costs nobody else anything" {
    address=${SB_URL#http://}
    exec {slow}<>"/dev/tcp/${address/:/\/}"
    printf 'POST /api/scoreboard/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n' \
        "$SB_TOKEN" >&"$slow"
    printf 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"reason"' >&"$slow"
    for _ in {1..5}; do
        post '{"reason":"a"}'
        is_accepted a
    done
    exec {slow}>&-
    post '{"reason":"a"}'
    is_accepted a
}

# --- Something is away ----------------------------------------------------------------------------

@test "Redis away: accepted all the same, and on the boards once it is back" {
    stack stop redis
    post '{"reason":"without_redis"}'
    is_accepted without_redis
    stack start redis
    retry 40 outbox_is_empty
}

# How often a responder has waited for Redis in vain; it logs each time.
waits() { grep -c 'the event is safe' "$SB_LOGS/publishers1.log" || true; }

@test "Redis frozen: only the first of many calls waits for it" {
    local start before most
    post '{"reason":"before"}'
    is_accepted before
    before=$(waits)
    kill -s STOP "$(stack pid redis)"
    start=$EPOCHREALTIME
    for _ in {1..20}; do
        post '{"reason":"frozen"}'
        is_accepted frozen
    done
    # Each of the two responders waits once, then rests for five times 2 s.
    most=$((2 * ((${EPOCHREALTIME%.*} - ${start%.*}) / 10 + 1)))
    echo "waited $(($(waits) - before)) times; $most at most, and 20 if each call did"
    (($(waits) - before <= most && most < 20))
}

@test "PostgreSQL away: 503 and when to come back; accepted again once it is there" {
    stack stop postgres
    post '{"reason":"lost"}'
    is_error 503
    [[ $(header Retry-After) == 1 ]]
    stack start postgres
    post '{"reason":"found"}'
    is_accepted found
}

@test "PostgreSQL restarted between two calls: the second does not notice" {
    for _ in {1..4}; do post '{"reason":"before"}' && is_accepted before; done
    stack restart postgres
    for _ in {1..4}; do post '{"reason":"after"}' && is_accepted after; done
}

@test "a database without our schema: 503, and the log says what to do" {
    sql 'ALTER SCHEMA scoreboard RENAME TO elsewhere'
    post '{"reason":"a"}'
    is_error 503
    grep -q 'run scoreboardctl migrate' "$SB_LOGS/publishers1.log"
}
