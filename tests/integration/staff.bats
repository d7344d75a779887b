#!/usr/bin/env bats
#
# The staff's boards: what the public cannot see yet, for who has a staff token, and no sign of them for
# anybody else. Boards are made by hand: 200 is everybody's current revision, and 210 the staff's.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

token=a-staff-token-of-this-test
boards=$'leaderboard leaderboard\nleaderboard/teams leaderboard-teams
timeline timeline\ntimeline/teams timeline-teams\nscoreboard/ctftime ctftime'

teardown() { teardown_host; }

staff_text() { printf '{"staff":"%s","revision":%s}\n' "$1" "$2"; } # BOARD REVISION

make_staff() { # REVISION [DIVISION]
    local directory=$SB_HOST/node/staff/boards/$1/staff/${2:-all} url board
    (umask 077 && mkdir -p "$directory")
    while read -r url board; do
        staff_text "$board" "$1" | gzip -n >"$directory/$board.json.gz"
    done <<<"$boards"
    chmod 600 "$directory"/*
    echo '{}' >"$SB_HOST/node/staff/boards/$1/manifest.json"
    ln -sfn "boards/$1" "$SB_HOST/node/staff/current"
}

start() { # [FORM]
    host_before_api='include var.scoreboard_conf + "/rev.conf"' setup_host "$@"
    (umask 077 && echo "$token" >"$SB_HOST/etc/staff-tokens")
    make_revision 100
    make_current 200
    for revision in 100 200; do
        board_text ctftime "$revision" | gzip -n \
            >"$SB_HOST/node/boards/$revision/public/all/ctftime.json.gz"
    done
    make_staff 210
}

ask_as_staff() { # PATH [CURL ARGUMENTS...]
    ask "$1" -H "Authorization: Bearer ${staff_token:-$token}" "${@:2}"
}

is_for_staff_alone() {
    [[ $(header Cache-Control) == "private, no-store" && $(header Vary) == *Authorization* ]] &&
        [[ -z $(header ETag) && -z $(header Use-As-Dictionary) && -z $(header X-Sendfile) ]]
}

serves_staff() {
    local url board
    while read -r url board; do
        for query in '' '?rev=200' '?rev=150'; do
            ask_as_staff "/api/$url$query"
            [[ $code == 200 && $(body) == "$(staff_text "$board" 210)" ]]
            is_for_staff_alone
            ask_as_staff "/api/$url$query" --compressed
            [[ $code == 200 && $(body) == "$(staff_text "$board" 210)" ]]
            is_for_staff_alone
            [[ $(header Content-Encoding) == gzip && $(header X-Scoreboard-Revision) == 210 ]]
            ask "/api/$url$query" --compressed
            [[ $code == 200 && $(body) == "$(board_text "$board" 200)" ]]
            [[ $(header Cache-Control) != *no-store* && $(header Vary) == *Authorization* ]]
        done
    done <<<"$boards"
}

@test "who has a staff token sees the staff's boards, and everybody else those of everybody" {
    start
    serves_staff
}

@test "the same where lighttpd starts the responders" {
    start responders-bin-path
    serves_staff
}

@test "the same where the responders are CGI" {
    start responders-cgi
    serves_staff
}

@test "where there are no boards for the staff these get everybody's, for themselves all the same" {
    start
    make_staff 190 # of a freeze before
    ask_as_staff '/api/leaderboard?rev=100'
    [[ $code == 200 && $(body) == "$(board_text leaderboard 100)" ]]
    is_for_staff_alone
    rm -r "$SB_HOST/node/staff"
    ask_as_staff '/api/leaderboard'
    [[ $code == 200 && $(body) == "$(board_text leaderboard 200)" ]]
    is_for_staff_alone
}

@test "the staff have revisions and divisions of their own" {
    start
    make_staff 200
    make_staff 210
    ask_as_staff '/api/leaderboard?rev=200'
    [[ $code == 200 && $(body) == "$(staff_text leaderboard 200)" ]]
    ask_as_staff '/api/leaderboard?rev=205'
    [[ $code == 200 && $(body) == "$(staff_text leaderboard 210)" ]]
    ask_as_staff '/api/leaderboard?rev=211'
    is_error 503
    ask '/api/leaderboard?rev=205'
    is_error 503
    make_staff 210 3
    ask_as_staff '/api/leaderboard?division=3'
    [[ $code == 200 && $(body) == "$(staff_text leaderboard 210)" ]]
    ask_as_staff '/api/leaderboard?division=4'
    is_error 404 division
    ask '/api/leaderboard?division=3'
    is_error 404 division
}

@test "a competition that nobody may see yet is seen by the staff" {
    start
    rm -r "$SB_HOST/node/boards/200/public"
    ask /api/leaderboard
    is_error 403
    ask_as_staff /api/leaderboard
    [[ $code == 200 && $(body) == "$(staff_text leaderboard 210)" ]]
    ask_as_staff '/api/leaderboard?division=4'
    is_error 404 division
}

@test "the tag of everybody's board does not tell the staff that nothing has changed" {
    start
    ask_as_staff /api/leaderboard -H 'If-None-Match: "200-leaderboard"'
    [[ $code == 200 && $(body) == "$(staff_text leaderboard 210)" ]]
    ask_as_staff /api/leaderboard -H 'If-None-Match: *'
    [[ $code == 200 ]]
}

@test "a wrong token is refused; one that is taken back opens nothing from then on" {
    start
    for staff_token in a-wrong-token-of-this-test "${token}x" "${token%?}" short; do
        ask_as_staff '/api/leaderboard?rev=200'
        is_error 401
        [[ $(header WWW-Authenticate) == Bearer ]]
    done
    unset staff_token
    staff_token=a-token-of-this-test ask_as_staff /api/leaderboard # who may publish
    is_error 401
    ask /api/scoreboard/events -H "Authorization: Bearer $token" -d '{"reason":"a"}'
    is_error 401
    ask_as_staff /api/leaderboard
    [[ $code == 200 ]]
    echo "another-staff-token-of-this-test" >"$SB_HOST/etc/staff-tokens"
    ask_as_staff /api/leaderboard
    is_error 401
    rm "$SB_HOST/etc/staff-tokens"
    staff_token=another-staff-token-of-this-test ask_as_staff /api/leaderboard
    is_error 401
    grep -q "nobody sees the staff's boards" "$SB_HOST/logs/read.log"
}

@test "a password of the web server's own is not taken for a token" {
    start
    ask '/api/leaderboard?rev=200' -u user:password
    [[ $code == 200 && $(body) == "$(board_text leaderboard 200)" ]]
}

# --- A viewer who tries everything ----------------------------------------------------------------

# The whole of each answer but for its date: to all that a viewer might try.
try_everything() {
    local path
    for path in /api/leaderboard{,/teams} /api/timeline{,/teams} /api/scoreboard/{ctftime,fallback} \
        /api/scoreboard/{health,stream} /api/staff /api/staff/leaderboard /api/leaderboard/staff \
        {,/boards,/api,/.boards,/staff/boards}/210/staff/all/leaderboard.json.gz /staff/current \
        /boards/200/manifest.json /api/leaderboard/../../node/staff/boards/210/manifest.json \
        /%2e%2e/node/staff/current/staff/all/leaderboard.json.gz /etc/staff-tokens /../etc/staff-tokens; do
        for query in '' '?rev=200' '?rev=199' '?rev=210' '?rev=205' '?rev=100' '?rev=200/staff' \
            '?rev=200%2fstaff' '?division=staff' '?division=../staff/all' \
            '?division=..%2fstaff%2fall' '?division=3' '?division=3&rev=200' '?audience=staff' \
            '?staff=1&rev=200' '?rev=200&token='$token '?access_token='$token; do
            echo "$path$query"
            answer_to "$path$query"
        done
    done
    for header in "Authorization: $token" "Authorization: Bearer" "Authorization: Bearer x" \
        "Authorization: Basic $token" "Cookie: token=$token" "X-Sendfile: /" "Range: bytes=0-9" \
        'If-None-Match: "200-staff-leaderboard"' 'If-None-Match: *' \
        'Available-Dictionary: :../../staff/all/leaderboard:' \
        "Available-Dictionary: :$(staff_text leaderboard 210 | openssl dgst -sha256 -binary | base64):"; do
        for path in '/api/leaderboard' '/api/leaderboard?rev=200' '/api/leaderboard?division=3'; do
            echo "$path $header"
            answer_to "$path" -H "$header" -H 'Accept-Encoding: dcz, gzip'
            answer_to "$path" -H "$header" --head
        done
    done
}

answer_to() { # ARGUMENTS of ask
    : >"$BATS_TEST_TMPDIR/body"
    ask "$@" --path-as-is
    head_of_answer | grep -v '^Date:'
    [[ " $* " == *" --head "* ]] && return # its head is in the body's place
    # A stream's time to come back is drawn.
    body | sed 's/^retry: .*//' | od -c
}

@test "no viewer without a token can tell whether there are boards for the staff" {
    start
    make_staff 210 3
    try_everything >"$BATS_TEST_TMPDIR/with"
    ! grep -q '"staff":"' "$BATS_TEST_TMPDIR/with" || false
    rm -r "$SB_HOST/node/staff"
    try_everything >"$BATS_TEST_TMPDIR/without"
    diff "$BATS_TEST_TMPDIR/with" "$BATS_TEST_TMPDIR/without"
}
