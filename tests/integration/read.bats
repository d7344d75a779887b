#!/usr/bin/env bats
#
# The four boards as a browser gets them: the responder's answers through lighttpd. The boards are
# made by hand: 100 is kept, 150 was pruned, 200 is current, and 300 is written but not yet current.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

setup_file() {
    setup_host
    make_revision 100
    make_revision 300
    make_current 200
}

teardown_file() { teardown_host; }

vary="Accept-Encoding, Available-Dictionary, Authorization, Origin"

is_board() { # BOARD REVISION
    [[ $code == 200 ]] &&
        [[ $(body) == "$(board_text "$1" "$2")" ]] &&
        [[ $(header X-Scoreboard-Revision) == "$2" ]]
}

@test "each board has its URL, and comes as JSON with its revision" {
    while read -r url board; do
        ask "/api/$url"
        is_board "$board" 200
        [[ $(header Content-Type) == "application/json; charset=utf-8" ]]
        [[ $(header ETag) == "\"200-$board\"" ]]
        [[ $(header Cache-Control) == no-cache ]]
        [[ $(header Vary) == "$vary" ]]
        [[ $(header X-Content-Type-Options) == nosniff ]]
    done <<END
leaderboard leaderboard
leaderboard/teams leaderboard-teams
timeline timeline
timeline/teams timeline-teams
END
}

@test "gzip comes to those who accept it, with a tag of its own" {
    ask /api/timeline -H 'Accept-Encoding: br;q=1, gzip;q=0.5'
    [[ $(header Content-Encoding) == gzip ]]
    [[ $(header ETag) == '"200-timeline-gzip"' ]]
    [[ $(body | gunzip) == "$(board_text timeline 200)" ]]
    [[ $(header Vary) == "$vary" ]]
}

@test "identity comes to all others, gzip;q=0 among them" {
    for accepted in '' identity br 'gzip;q=0' 'gzip;q=0.0, *' '*;q=0'; do
        ask /api/timeline -H "Accept-Encoding: $accepted"
        is_board timeline 200
        [[ -z $(header Content-Encoding) ]]
    done
}

@test "HEAD gets what GET gets, but the board" {
    for encoding in identity gzip; do
        ask /api/leaderboard -H "Accept-Encoding: $encoding"
        get_head=$(head_of_answer | grep -v '^Date:')
        ask /api/leaderboard -H "Accept-Encoding: $encoding" --head
        [[ $(head_of_answer | grep -v '^Date:') == "$get_head" ]]
    done
}

# --- 304 ------------------------------------------------------------------------------------------

is_unchanged() { # TAG
    [[ $code == 304 ]] &&
        [[ $(header ETag) == "$1" ]] &&
        [[ $(header X-Scoreboard-Revision) == 200 ]] &&
        [[ -n $(header Cache-Control) && $(header Vary) == "$vary" ]]
}

@test "a browser that has the board is told so" {
    ask /api/leaderboard -H 'If-None-Match: "200-leaderboard"'
    is_unchanged '"200-leaderboard"'
    [[ ! -s $BATS_TEST_TMPDIR/body ]]
    ask /api/leaderboard -H 'If-None-Match: "200-leaderboard-gzip"' -H 'Accept-Encoding: gzip'
    is_unchanged '"200-leaderboard-gzip"'
    ask /api/leaderboard -H 'If-None-Match: "1-x", "200-leaderboard"' --head
    is_unchanged '"200-leaderboard"'
    ask /api/leaderboard -H 'If-None-Match: *'
    is_unchanged '"200-leaderboard"'
}

@test "a tag that a proxy has changed is known, and echoed" {
    for tag in '"200-leaderboard-gzip"' '"200-leaderboard-br"' 'W/"200-leaderboard"'; do
        ask /api/leaderboard -H "If-None-Match: $tag"
        is_unchanged "$tag"
    done
}

@test "any other tag gets the board" {
    for tag in '"100-leaderboard"' '"200-leaderboard-teams"' '"200-timeline"' 200-leaderboard; do
        ask /api/leaderboard -H "If-None-Match: $tag"
        is_board leaderboard 200
    done
}

@test "If-Modified-Since is not heard: a second is too coarse for revisions" {
    ask /api/leaderboard -H 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
    is_board leaderboard 200
}

# --- rev ------------------------------------------------------------------------------------------

immutable="public, max-age=86400, s-maxage=300, immutable"

@test "rev of a revision that is kept gives exactly that, for caches to keep" {
    ask '/api/leaderboard?rev=100'
    is_board leaderboard 100
    [[ $(header Cache-Control) == "$immutable" && $(header ETag) == '"100-leaderboard"' ]]
    ask '/api/leaderboard?rev=200'
    is_board leaderboard 200
    [[ $(header Cache-Control) == "$immutable" ]]
    ask '/api/leaderboard?rev=200' -H 'If-None-Match: "200-leaderboard"'
    [[ $code == 304 && $(header Cache-Control) == "$immutable" ]]
}

@test "rev of a revision that was pruned or never was gives the current one, for this browser alone" {
    for rev in 1 150 199; do
        ask "/api/leaderboard?rev=$rev"
        is_board leaderboard 200
        [[ $(header Cache-Control) == "private, max-age=0, stale-while-revalidate=86400" ]]
    done
}

@test "rev of the future is a 503 at once, also when its files are there already" {
    for rev in 201 300 9007199254740991; do
        ask "/api/leaderboard?rev=$rev"
        is_error 503
        [[ $(header Retry-After) == 1 ]]
    done
}

@test "a rev that is no revision is the caller's error" {
    for query in rev=0 rev=-1 rev=abc rev=1e3 rev=99999999999999999999 rev=9007199254740992 \
        rev= rev rev=01 rev=+1 rev=1%20 rev=1.0 'rev=100&rev=100' 'rev=1&x=2&r%65v=1'; do
        ask "/api/leaderboard?$query"
        is_error 400 rev
    done
}

@test "other parameters are nobody's error" {
    for query in '' '&' revision=1 'x=1&rev=200&y' 'rev=%32%30%30'; do
        ask "/api/leaderboard?$query"
        is_board leaderboard 200
    done
}

@test "500 requests for a future revision in flight slow other reads no more than others do" {
    run -0 "$BATS_TEST_DIRNAME/../lib/in-flight.py" "$SB_WEB_SOCKET" \
        '/api/leaderboard?rev=9007199254740991' '/api/leaderboard?rev=200'
    echo "$output"
    read -r statuses_future seconds_future <<<"${lines[0]}"
    read -r statuses_current seconds_current <<<"${lines[1]}"
    [[ $statuses_future == 503*500 && $statuses_current == 200*500 ]]
    jq -ne "$seconds_future < 3 * $seconds_current + 1"
}

# --- What is not there ----------------------------------------------------------------------------

@test "unknown paths are JSON errors" {
    for path in /api/leaderboards /api/leaderboard/ /api/leaderboard/users /api/scoreboard \
        /api/scoreboard/fallback /api/ /nothing; do
        ask "$path"
        [[ $code == 404 && $(header Content-Type) == "application/json; charset=utf-8" ]]
        [[ $(body | jq -r .error) == "not found" ]]
        [[ $(header X-Content-Type-Options) == nosniff ]]
    done
}

@test "other methods are told the right ones" {
    for method in POST PUT DELETE OPTIONS PATCH; do
        ask /api/timeline/teams -X "$method" -H 'Content-Length: 0'
        is_error 405
        [[ $(header Allow) == "GET, HEAD" ]]
    done
    ask /api/timeline -X POST -d rev=1
    is_error 405
}

@test "the snapshot directory, /metrics and /status cannot be reached" {
    for path in /boards/200/public/all/leaderboard.json /.boards/ /node/current /metrics /status \
        /api/../node/current /api/scoreboard/metrics; do
        ask "$path" --path-as-is
        [[ $code == 40[034] ]]
    done
}

# --- In the daemon's stead ------------------------------------------------------------------------

@test "while the daemon is away the stream is a 200 that says when to come back" {
    ask /api/scoreboard/stream
    [[ $code == 200 && $(header Content-Type) == text/event-stream ]]
    [[ $(header Cache-Control) == "no-cache, no-transform" ]]
    [[ $(header X-Accel-Buffering) == no ]]
    [[ $(body) =~ ^retry:\ ([0-9]+)$ ]]
    first=${BASH_REMATCH[1]}
    differs() { ask /api/scoreboard/stream && [[ $(body) != "retry: $first" ]]; }
    retry 20 differs # not all viewers at once
    ask /api/scoreboard/stream --head
    [[ $code == 200 && $(header Content-Type) == text/event-stream ]]
}

@test "while the daemon is away health is a 503" {
    ask /api/scoreboard/health
    is_error 503
    [[ $(header Retry-After) == 1 ]]
}

@test "while the daemon is away a wrong method on its URLs is no success" {
    ask /api/scoreboard/stream -X POST -d x
    [[ $code == 503 || $code == 405 ]]
    [[ $(header Content-Type) == "application/json; charset=utf-8" ]]
}
