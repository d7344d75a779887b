#!/usr/bin/env bats
#
# The read responders as processes: what they do while revisions come and go, how they hand a board
# over, and how they end. Each test has a host of its own.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

teardown() { teardown_host; }

answers() {
    ask /api/leaderboard && [[ $code == 200 ]]
}

# --- While the daemon works -----------------------------------------------------------------------

@test "no snapshot yet, or a broken one: 503, and boards as soon as there are some" {
    setup_host
    ask /api/leaderboard
    is_error 503
    [[ $(header Retry-After) == 1 ]]
    for target in boards/7 nowhere boards/0 boards/../boards/8; do
        ln -sfn "$target" "$SB_HOST/node/current"
        ask /api/leaderboard
        is_error 503
    done
    make_current 8
    ask /api/leaderboard
    [[ $code == 200 && $(body) == "$(board_text leaderboard 8)" ]]
}

@test "a reader gets whole boards, and never an older one, while revisions come and go" {
    setup_host
    make_current 1000
    churn() {
        local rev
        for ((rev = 1001; rev <= 1060; rev++)); do
            make_current "$rev"
            rm -rf "$SB_HOST/node/boards/$((rev - 3))"
        done
    }
    churn 3>&- &
    last=0
    while kill -0 $! 2>/dev/null; do
        ask /api/leaderboard
        [[ $code == 200 ]]
        rev=$(body | jq -e .revision)
        ((rev >= last))
        last=$rev
    done
    wait $!
    ask "/api/leaderboard?rev=1060"
    [[ $code == 200 && $(body | jq .revision) == 1060 ]]
}

@test "a revision pruned between the responder's look and lighttpd's gives the current one" {
    # lighttpd follows no link on this host: such files are there for the responder alone.
    host_lighttpd='server.follow-symlink = "disable"' setup_host
    make_current 200
    mkdir "$SB_HOST/node/boards/100"
    ln -s ../200/public "$SB_HOST/node/boards/100/public"
    ask '/api/timeline?rev=100' -H 'Accept-Encoding: gzip'
    [[ $code == 200 && $(body | gunzip) == "$(board_text timeline 200)" ]]
    [[ $(header Cache-Control) == no-cache && $(header ETag) == '"200-timeline-gzip"' ]]
}

# --- How a board is handed over -------------------------------------------------------------------

# Larger than any buffer on its way: as it is kept, and as the text that is made of it.
hands_over() { # HANDOVER
    local board=$SB_HOST/node/boards/5/public/all/timeline.json.gz
    local text=$BATS_TEST_TMPDIR/text
    make_current 5
    head -c 3000000 /dev/urandom | base64 >"$text"
    gzip -n <"$text" >"$board"
    ask /api/timeline -H 'Accept-Encoding: gzip'
    [[ $code == 200 && $(header Content-Length) == $(stat -c %s "$board") ]]
    cmp "$board" "$BATS_TEST_TMPDIR/body"
    ask /api/timeline
    [[ $code == 200 && $(header Content-Length) == $(stat -c %s "$text") ]]
    cmp "$text" "$BATS_TEST_TMPDIR/body"
    ask /api/timeline --head
    [[ $code == 200 && $(header Content-Length) == $(stat -c %s "$text") ]]
    ask /api/timeline -H 'If-None-Match: "5-timeline"'
    [[ $code == 304 ]]
}

@test "a board whose file is damaged is an error, not half a board" {
    setup_host
    make_current 5
    truncate -s -3 "$SB_HOST/node/boards/5/public/all/timeline.json.gz"
    ask /api/timeline
    is_error 503
}

@test "a large board arrives whole by X-Sendfile" {
    setup_host
    hands_over
}

@test "a large board arrives whole as the responder's own body" {
    host_config=$'[read]\nhandover = body' setup_host
    hands_over
}

@test "a directory with odd characters in its name is no obstacle" {
    setup_host
    make_current 5
    mv "$SB_HOST/node" "$SB_HOST/100%25 of, it"
    sed -i "s|/node|/100%25 of, it|" "$SB_HOST"/etc/*.conf
    for part in read lighttpd; do host_end "$part"; done
    start_pool read
    start_web
    ask /api/timeline
    [[ $code == 200 && $(body) == "$(board_text timeline 5)" ]]
}

# For nginx, which does not run here: the header that it acts on.
@test "X-Accel-Redirect names the file below the internal location" {
    host_config=$'[read]\nhandover = x-accel-redirect' setup_host
    make_current 5
    run -0 env REQUEST_METHOD=GET REQUEST_URI=/api/timeline HTTP_ACCEPT_ENCODING=gzip \
        SCOREBOARD_CONFIG="$SB_HOST/etc/scoreboardd.conf" "$SB_BUILD/fcgi/scoreboard-read.fcgi" </dev/null
    [[ $output == *"X-Accel-Redirect: /.boards/boards/5/public/all/timeline.json.gz"* ]]
    [[ $output != *Content-Length* ]]
}

@test "a viewer that leaves in the middle of a board costs nobody anything" {
    host_config=$'[read]\nhandover = body' setup_host
    make_current 5
    head -c 30000000 /dev/urandom >"$SB_HOST/node/boards/5/public/all/timeline.json.gz"
    for _ in {1..8}; do
        curl -s --unix-socket "$SB_WEB_SOCKET" --max-filesize 1000000 -H "Accept-Encoding: gzip" http://host/api/timeline \
            >/dev/null || true
    done
    answers
}

# --- As processes ---------------------------------------------------------------------------------

# The worker processes, below multiwatch.
readers() { pgrep -f "scoreboard-read.fcgi -c $SB_HOST" -P "$(<"$SB_HOST/parts/read.pid")"; }

@test "a responder that is killed is replaced" {
    setup_host
    make_current 1
    readers | xargs kill -KILL
    retry 20 answers
}

@test "a responder that is asked to end ends well, between requests" {
    setup_host
    make_current 1
    answers
    readers >"$BATS_TEST_TMPDIR/before"
    xargs kill -TERM <"$BATS_TEST_TMPDIR/before"
    are_replaced() { ! readers | grep -qxFf "$BATS_TEST_TMPDIR/before"; }
    retry 20 are_replaced
    retry 20 answers
    run -1 grep "scoreboard-read.fcgi\[" "$SB_HOST/logs/read.log" # it had nothing to complain of
}

@test "while all responders are away the answer is an error in JSON, then boards again" {
    setup_host
    make_current 1
    host_end read
    ask /api/leaderboard
    [[ $code == 503 && $(body | jq -r .error) == unavailable ]]
    [[ $(header X-Content-Type-Options) == nosniff ]]
    start_pool read
    retry 20 answers
}

@test "a bad command line or config is said, not served" {
    setup_host
    program=$SB_BUILD/fcgi/scoreboard-read.fcgi
    run -64 "$program" --nonsense
    run -64 "$program" -n -c "$SB_HOST/etc/scoreboardd.conf" nonsense
    [[ $output == *"unexpected argument: nonsense" ]]
    run -64 "$program" -c "$SB_HOST/etc/scoreboardd.conf" </dev/null
    [[ $output == *"started by a web server"* ]]
    run -78 "$program" -c "$SB_HOST/nowhere"
    run -0 "$program" -n -c "$SB_HOST/etc/scoreboardd.conf"
    run -0 "$program" --version
    echo "[read]"$'\n'"handover = pigeon" >>"$SB_HOST/etc/scoreboardd.conf"
    run -78 "$program" -n -c "$SB_HOST/etc/scoreboardd.conf"
    [[ $output == *handover* ]]
}

# A web server that runs a CGI program may make arguments of a query that has no "=".
@test "the words of a viewer's query are no command line" {
    setup_host
    make_current 5
    for words in nonsense -V "-c /nowhere"; do
        # shellcheck disable=SC2086  # the words
        run -0 env REQUEST_METHOD=GET REQUEST_URI="/api/timeline?${words/ /+}" \
            SCOREBOARD_CONFIG="$SB_HOST/etc/scoreboardd.conf" "$SB_BUILD/fcgi/scoreboard-read.fcgi" $words </dev/null
        [[ $output == *"X-Scoreboard-Revision: 5"* ]]
    done
}
