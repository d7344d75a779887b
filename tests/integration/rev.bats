#!/usr/bin/env bats
#
# etc/lighttpd/scoreboard/rev.lua: lighttpd answers an exact ?rev=N itself, as the responder would.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

setup() {
    host_before_api='include var.scoreboard_conf + "/rev.conf"' setup_host
    make_revision 100
    make_revision 300
    make_current 200
}
teardown() { teardown_host; }

# All answers to all plain questions, into a file. MORE goes after the query's rev.
ask_everything() { # FILE [MORE]
    local url encoding rev
    for url in leaderboard leaderboard/teams timeline timeline/teams; do
        for encoding in identity gzip 'br, gzip, deflate' br ''; do
            for rev in 100 200; do
                echo "== $url?rev=$rev, $encoding"
                ask "/api/$url?rev=$rev${2:-}" -H "Accept-Encoding: $encoding"
                seen_head
                body | base64
                ask "/api/$url?rev=$rev${2:-}" -H "Accept-Encoding: $encoding" --head
                seen_head
            done
        done
    done >"$1"
}

# Without what only lighttpd's static files say; the order of headers means nothing.
seen_head() { head_of_answer | grep -vE '^(Date|Last-Modified|Accept-Ranges):' | sort; }

@test "its answers are the responder's, header for header" {
    host_end read # nobody else can answer
    ask_everything "$BATS_TEST_TMPDIR/lighttpd"
    [[ $(grep -c '^HTTP/1.1 200 OK' "$BATS_TEST_TMPDIR/lighttpd") == 80 ]]
    start_pool read
    answers() { ask /api/timeline && [[ $code == 200 ]]; }
    retry 20 answers
    ask_everything "$BATS_TEST_TMPDIR/responder" '&more' # which is for the responder
    diff "$BATS_TEST_TMPDIR/lighttpd" "$BATS_TEST_TMPDIR/responder"
}

@test "what it leaves to the responder bears no immutable and no wrong encoding" {
    for rev in 1 150; do
        ask "/api/timeline?rev=$rev" -H 'Accept-Encoding: gzip'
        [[ $code == 200 && $(header X-Scoreboard-Revision) == 200 ]]
        [[ $(header Cache-Control) == no-cache ]]
        [[ $(body | gunzip) == "$(board_text timeline 200)" ]]
    done
    for query in rev=0 rev=abc rev=99999999999999999999 'rev=200&rev=200'; do
        ask "/api/timeline?$query" -H 'Accept-Encoding: gzip'
        is_error 400 rev
        [[ -z $(header Content-Encoding) ]]
    done
    ask /api/timeline?rev=200 -X POST -d x
    is_error 405
}

@test "a revision that is written but not yet current is not here" {
    ask '/api/timeline?rev=300'
    is_error 503
    make_current 300
    ask '/api/timeline?rev=300'
    [[ $code == 200 && $(header Cache-Control) == *immutable* ]]
}

@test "tags and weighted encodings get the responder's answer" {
    ask '/api/timeline?rev=200' -H 'If-None-Match: "200-timeline-br"'
    [[ $code == 304 && $(header ETag) == '"200-timeline-br"' ]]
    ask '/api/timeline?rev=200' -H 'Accept-Encoding: gzip;q=0'
    [[ $code == 200 && -z $(header Content-Encoding) ]]
    ask '/api/timeline?rev=200' -H 'Accept-Encoding: *'
    [[ $(header Content-Encoding) == gzip ]]
}

@test "a revision of which a file is missing gives the current one" {
    rm "$SB_HOST/node/boards/100/public/all/timeline.json"
    ask '/api/timeline?rev=100'
    [[ $code == 200 && $(body) == "$(board_text timeline 200)" ]]
    [[ $(header Cache-Control) == no-cache ]]
}

@test "a node without a snapshot answers as ever" {
    rm "$SB_HOST/node/current"
    ask '/api/timeline?rev=200'
    is_error 503
}
