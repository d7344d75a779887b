#!/usr/bin/env bats
#
# etc/lighttpd/scoreboard/rev.lua: lighttpd answers an exact ?rev=N itself, without a responder. The
# same host has a second lighttpd that leaves everything to the responders: whatever is asked, both
# must say the same. Boards are made by hand: 100 is kept, 150 was pruned, 200 is current, 300 is
# not yet current.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

setup() {
    host_before_api='include var.scoreboard_conf + "/rev.conf"' setup_host
    make_revision 100
    make_revision 300
    make_current 200
    make_delta leaderboard 100 200
    make_delta timeline 100 300
}

teardown() {
    host_end plain
    teardown_host
}

# A lighttpd beside the first one, on plain.sock, without what is tested here.
start_plain() {
    plain=$SB_HOST/run/plain.sock
    SB_WEB_SOCKET=$plain print_host_lighttpd responders >"$SB_HOST/etc/plain.conf"
    host_launch plain lighttpd -D -f "$SB_HOST/etc/plain.conf"
    retry 20 is_listening "$plain"
}

# All of an answer that must not depend on who gives it.
answer_of() { # ARGUMENTS of ask
    ask "$@"
    head_of_answer | grep -v '^Date:' | sort
    [[ " $* " == *" --head "* || ! -e $BATS_TEST_TMPDIR/body ]] || body | od -c
}

both_say_the_same() { # ARGUMENTS of ask
    local ours theirs
    ours=$(answer_of "$@")
    theirs=$(SB_WEB_SOCKET=$plain answer_of "$@")
    [[ -n $ours && $ours == "$theirs" ]] && return
    printf '%s\n' "asked: $*" "$ours" "but the responder: $theirs" >&2
    return 1
}

# lighttpd serves what is on the disk, which is gzipped; the text itself is a responder's.
ask_gzipped() { ask "$1" -H 'Accept-Encoding: gzip' "${@:2}"; } # PATH [CURL ARGUMENTS...]

is_exact() { # BOARD REVISION
    [[ $code == 200 && $(body | gunzip) == "$(board_text "$1" "$2")" ]] &&
        [[ $(header X-Scoreboard-Revision) == "$2" && $(header ETag) == "\"$2-$1-gzip\"" ]] &&
        [[ $(header Cache-Control) == "public, max-age=86400, s-maxage=300, immutable" ]]
}

# --- It is lighttpd that answers ------------------------------------------------------------------

@test "an exact revision of each board is served while all responders are away" {
    host_end read
    while read -r url board; do
        for revision in 100 200; do
            ask_gzipped "/api/$url?rev=$revision"
            is_exact "$board" "$revision"
        done
    done <<<$'leaderboard leaderboard\nleaderboard/teams leaderboard-teams
timeline timeline\ntimeline/teams timeline-teams'
    ask '/api/timeline?rev=200' -H 'Accept-Encoding: br, gzip'
    [[ $code == 200 && $(header Content-Encoding) == gzip ]]
    [[ $(body | gunzip) == "$(board_text timeline 200)" ]]
    ask_gzipped '/api/timeline?rev=200' -H 'If-None-Match: "200-timeline-gzip"'
    [[ $code == 304 ]]
    ask_gzipped '/api/timeline?rev=200' --head
    [[ $code == 200 ]]
}

@test "the text itself, for whoever takes no gzip, is left to a responder" {
    ask '/api/timeline?rev=200'
    [[ $code == 200 && $(body) == "$(board_text timeline 200)" && -z $(header Content-Encoding) ]]
    [[ $(header ETag) == '"200-timeline"' ]]
    ask '/api/timeline?rev=200' --head
    [[ $(header Content-Length) == "$(board_text timeline 200 | wc -c)" ]]
}

@test "a division's boards are served like those of all" {
    cp -r "$SB_HOST/node/boards/200/public/all" "$SB_HOST/node/boards/200/public/3"
    board_text of-3 200 | gzip -n >"$SB_HOST/node/boards/200/public/3/timeline.json.gz"
    start_plain
    for query in 'division=3&rev=200' 'rev=200&division=3' 'division=4&rev=200' 'division=03&rev=200' \
        'division=&rev=200' 'division=../all&rev=200' 'division=3&division=3&rev=200' 'division=3'; do
        both_say_the_same "/api/timeline?$query" -H 'Accept-Encoding: gzip'
    done
    ask '/api/timeline?division=4&rev=200'
    is_error 404 division
    host_end read
    ask_gzipped '/api/timeline?division=3&rev=200'
    [[ $code == 200 && $(body | gunzip) == "$(board_text of-3 200)" ]]
    [[ $(header Use-As-Dictionary) == 'match="/api/timeline?division=3&rev=*"' ]]
}

@test "who has an older board gets what differs, and a tag for just that" {
    host_end read
    ask '/api/leaderboard?rev=200' -H 'Accept-Encoding: gzip, dcz' \
        -H "Available-Dictionary: $(offer_of leaderboard 100)"
    [[ $code == 200 && $(header Content-Encoding) == dcz ]]
    [[ $(told_from leaderboard 100) == "$(board_text leaderboard 200)" ]]
    [[ $(header ETag) == '"200-leaderboard-dcz-'*'"' && $(header Vary) == *Available-Dictionary* ]]
    [[ $(header Use-As-Dictionary) == 'match="/api/leaderboard?rev=*"' ]]
}

@test "whatever is not just that dictionary gets the whole, and reaches no file" {
    host_end read
    directory=$SB_HOST/node/boards/200/public/all
    echo secret >"$directory/leaderboard...dcz"
    echo secret >"$SB_HOST/node/boards/200/public/leaderboard.dcz"
    for offer in "$(offer_of leaderboard 200)" "$(offer_of timeline 100)" x :.: :/../: ":../leaderboard=:" \
        ":$(printf '%043d' 0 | tr 0 .)=:" ":$(printf '%01000d' 0)=:"; do
        ask '/api/leaderboard?rev=200' -H 'Accept-Encoding: gzip, dcz' -H "Available-Dictionary: $offer"
        [[ $code == 200 && $(header Content-Encoding) == gzip ]]
        [[ $(body | gunzip) == "$(board_text leaderboard 200)" ]]
    done
    for accepted in gzip 'gzip, dcb'; do
        ask '/api/leaderboard?rev=200' -H "Accept-Encoding: $accepted" \
            -H "Available-Dictionary: $(offer_of leaderboard 100)"
        [[ $(header Content-Encoding) == gzip ]]
    done
}

@test "everything else is the responders' to answer" {
    host_end read
    is_left() { ask "$@" && [[ $code == 503 ]]; }
    for query in '' rev=150 rev=300 'rev=200&x=1' 'x=1&rev=200' rev=0 rev=%32%30%30; do
        is_left "/api/timeline?$query"
    done
    is_left '/api/timeline?rev=200' -X POST -d x
    is_left '/api/timeline?rev=200' -H 'Accept-Encoding: gzip;q=0.5'
    is_left '/api/timeline?rev=200' -H 'If-None-Match: *'
}

# --- And nobody can tell --------------------------------------------------------------------------

@test "it says what a responder says, whatever coding is accepted" {
    start_plain
    for url in leaderboard leaderboard/teams timeline timeline/teams; do
        for accepted in '' identity gzip GZIP 'gzip, deflate, br' 'deflate,gzip' 'br' 'x-gzip' \
            'gzip;q=0' 'gzip;q=0.5, identity' '*' '*;q=0' 'gzip identity' 'identity gzip' ',gzip'; do
            both_say_the_same "/api/$url?rev=200" -H "Accept-Encoding: $accepted"
        done
    done
}

@test "it says what a responder says, whatever the client has already" {
    start_plain
    for tag in '"200-leaderboard"' '"200-leaderboard-gzip"' '"200-leaderboard-br"' \
        'W/"200-leaderboard"' '"1-x", "200-leaderboard"' '"200-leaderboard-teams"' \
        '"100-leaderboard"' '"1200-leaderboard"' '*' '"*"' 200-leaderboard '""' nonsense; do
        for accepted in identity gzip br; do
            both_say_the_same '/api/leaderboard?rev=200' -H "If-None-Match: $tag" \
                -H "Accept-Encoding: $accepted"
        done
    done
}

@test "it says what a responder says, whatever dictionary is offered" {
    start_plain
    right=$(offer_of leaderboard 100)
    for offer in "$right" "$(offer_of leaderboard 200)" "$(offer_of timeline 100)" "" : :: :=: \
        "$right;x" " $right " "$right, $right" "${right%:}" "${right#:}" "${right:0:20}" \
        ":../../../../../../../../../../../etc/passwd=:" ":$(printf '%043d' 0 | tr 0 .)=:" \
        ":$(printf '%5000d' 0)=:" ":$(printf '%%%040d' 0)=:" "${right//[+\/]/-}"; do
        for accepted in dcz 'gzip, deflate, br, zstd, dcb, dcz' 'gzip, DCZ' gzip '' 'dcb' '*' \
            'dcz;q=0, gzip' 'gzip;q=0.5, dcz' 'dcz;q=0.5, gzip'; do
            both_say_the_same '/api/leaderboard?rev=200' -H "Available-Dictionary: $offer" \
                -H "Accept-Encoding: $accepted"
        done
    done
    for tag in '"200-leaderboard"' '"200-leaderboard-gzip"' '"200-leaderboard-dcz-x"' '"100-leaderboard"' \
        "\"200-leaderboard-dcz-$(digest_of leaderboard 100 | basenc --base64url | tr -d =)\""; do
        for offer in "$right" "$(offer_of timeline 100)"; do
            both_say_the_same '/api/leaderboard?rev=200' -H "Available-Dictionary: $offer" \
                -H 'Accept-Encoding: gzip, dcz' -H "If-None-Match: $tag"
        done
    done
    for url in /api/timeline?rev=200 /api/timeline?rev=300 /api/leaderboard /api/leaderboard?rev=1; do
        for offer in "$right" "$(offer_of timeline 100)"; do
            both_say_the_same "$url" -H "Available-Dictionary: $offer" -H 'Accept-Encoding: gzip, dcz'
        done
    done
}

@test "it says what a responder says, whichever revision, and in whatever form" {
    start_plain
    for query in rev=100 rev=150 rev=200 rev=300 rev=201 rev=1 rev=0 rev=01 rev=-1 rev= rev \
        rev=9007199254740991 rev=9007199254740992 rev=99999999999999999999 rev=200x rev=2e2 \
        'rev=200&' 'rev=200&x=1' 'rev=200&rev=200' 'rev=100&rev=200' 'rev=%32%30%30' 'REV=200' \
        'rev=200%00' 'rev=../200' 'x=1&rev=200' 'rev=200?rev=100' 'rev=/api/timeline?rev=100'; do
        both_say_the_same "/api/leaderboard?$query"
        both_say_the_same "/api/leaderboard?$query" -H 'Accept-Encoding: gzip'
    done
    for path in //api/leaderboard /api//leaderboard /api/%6ceaderboard /api/./leaderboard \
        /api/leaderboard/ /api/leaderboard/users /api/x/../leaderboard /x/api/leaderboard \
        /api/x/api/leaderboard; do
        both_say_the_same "$path?rev=200" --path-as-is
    done
    both_say_the_same / --request-target 'http://host/api/leaderboard?rev=200'
}

@test "it says what a responder says to other methods, to HEAD and to parts" {
    start_plain
    for method in GET POST PUT OPTIONS DELETE; do
        both_say_the_same '/api/leaderboard?rev=200' -X "$method" -H 'Content-Length: 0'
    done
    for accepted in identity gzip; do
        both_say_the_same '/api/leaderboard?rev=200' --head -H "Accept-Encoding: $accepted"
        both_say_the_same '/api/leaderboard?rev=200' -r 2-9 -H "Accept-Encoding: $accepted"
        both_say_the_same '/api/leaderboard?rev=200' -r 900- -H "Accept-Encoding: $accepted"
        both_say_the_same '/api/leaderboard?rev=200' -H "Accept-Encoding: $accepted" \
            -H 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
    done
}

@test "what it leaves to a responder bears no promise and no coding of an exact answer" {
    for query in rev=150 'rev=201&x=1' rev=1; do
        ask "/api/leaderboard?$query" -H 'Accept-Encoding: gzip;q=0'
        [[ $(header Cache-Control) != *immutable* && -z $(header Content-Encoding) ]]
    done
    ask '/api/leaderboard?rev=300' -H 'Accept-Encoding: gzip'
    is_error 503
    [[ -z $(header Content-Encoding) && -z $(header ETag) ]]
}

@test "it says what a responder says, whatever is asked at random (SB_SEED repeats it)" {
    start_plain
    cp -r "$SB_HOST/node/boards/200/public/all" "$SB_HOST/node/boards/200/public/3"
    {
        offer_of leaderboard 100
        offer_of leaderboard 200
        offer_of timeline 100
    } | "$repository/tests/lib/ask-both.py" "${SB_REQUESTS:-500}" "${SB_SEED:-$RANDOM}" \
        "$SB_WEB_SOCKET" "$plain"
}

# --- While revisions come and go ------------------------------------------------------------------

@test "a revision is served from the moment in which it is current, and not before" {
    host_end read
    for revision in 300 400 500; do
        [[ $revision == 300 ]] || make_revision "$revision"
        ask_gzipped "/api/leaderboard?rev=$revision"
        [[ $code == 503 ]]
        make_current "$revision"
        ask_gzipped "/api/leaderboard?rev=$revision"
        is_exact leaderboard "$revision"
    done
}

@test "a competition that is hidden is hidden with all that is left of it" {
    ask_gzipped '/api/leaderboard?rev=200'
    is_exact leaderboard 200
    make_revision 250
    mv "$SB_HOST/node/boards/250/"{public,staff}
    make_current 250
    is_hidden() { ask_gzipped "$1" && is_error 403; }
    for query in '' '?rev=100' '?rev=200' '?rev=250'; do
        retry 5 is_hidden "/api/leaderboard$query" # lighttpd remembers for a second what was there
    done
    make_current 300
    ask_gzipped '/api/leaderboard?rev=200'
    is_exact leaderboard 200
}

@test "a node without a snapshot answers as ever" {
    start_plain
    rm "$SB_HOST/node/current"
    both_say_the_same '/api/leaderboard?rev=200'
}

@test "a revision that is pruned while it is being asked for is itself or the current one" {
    ask_gzipped '/api/leaderboard?rev=100'
    is_exact leaderboard 100
    rm -r "$SB_HOST/node/boards/100"
    is_current() {
        ask_gzipped '/api/leaderboard?rev=100'
        is_exact leaderboard 100 && return 1 # lighttpd has it open still
        [[ $code == 200 && $(body | gunzip) == "$(board_text leaderboard 200)" ]]
        [[ $(header Cache-Control) == private,* && $(header ETag) == '"200-leaderboard-gzip"' ]]
    }
    retry 20 is_current
}

@test "a file that is there and cannot be opened is left to a responder" {
    host_end lighttpd # one that opens no links, as if pruned between its look and its open
    echo 'server.follow-symlink = "disable"' >>"$SB_HOST/etc/lighttpd.conf"
    start_web
    ln -sfn leaderboard.json.gz "$SB_HOST/node/boards/100/public/all/timeline.json.gz"
    ask_gzipped '/api/timeline?rev=100'
    [[ $code == 200 && $(body | gunzip) == "$(board_text timeline 200)" ]]
    [[ $(header Cache-Control) == no-cache && $(header ETag) == '"200-timeline-gzip"' ]]
}

@test "a thousand different requests do not confuse it" {
    printf 'url = "http://host/api/leaderboard?rev=%d"\noutput = "/dev/null"\n' {1..1000} |
        curl -sS --unix-socket "$SB_WEB_SOCKET" -K -
    for revision in 100 200; do
        ask_gzipped "/api/leaderboard?rev=$revision"
        is_exact leaderboard "$revision"
    done
}

# --- Beside others ------------------------------------------------------------------------------

@test "one lighttpd serves several scoreboards, each its own revisions" {
    host_end lighttpd
    cp -r "$SB_HOST/node" "$SB_HOST/other"
    ln -sfn boards/100 "$SB_HOST/other/current"
    echo "the other's" | gzip -n >"$SB_HOST/other/boards/100/public/all/timeline.json.gz"
    host_lighttpd="\$HTTP[\"host\"] == \"other\" {
        setenv.add-environment = (\"SCOREBOARD_BOARDS\" => \"$SB_HOST/other/boards\")
    }" host_before_api='include var.scoreboard_conf + "/rev.conf"' \
        print_host_lighttpd responders >"$SB_HOST/etc/lighttpd.conf"
    start_web
    host_end read
    ask_gzipped '/api/timeline?rev=200'
    is_exact timeline 200
    ask '/api/timeline?rev=200' -H 'Host: other'
    [[ $code == 503 ]] # there it is not yet current
    ask_gzipped '/api/timeline?rev=100' -H 'Host: other'
    [[ $code == 200 && $(body | gunzip) == "the other's" ]]
}

@test "where a site's own variables have taken the place of ours, the responders answer" {
    host_end lighttpd
    host_lighttpd="\$HTTP[\"host\"] == \"host\" { setenv.add-environment = (\"OTHER\" => \"x\") }" \
        host_before_api='include var.scoreboard_conf + "/rev.conf"' \
        print_host_lighttpd responders >"$SB_HOST/etc/lighttpd.conf"
    start_web
    ask_gzipped '/api/timeline?rev=200'
    is_exact timeline 200
}

@test "it comes first also where the site had loaded mod_fastcgi before" {
    host_end lighttpd
    sed -i '1i server.modules = ("mod_fastcgi")' "$SB_HOST/etc/lighttpd.conf"
    start_web
    start_plain
    for request in '?rev=200' '?rev=150' ''; do
        both_say_the_same "/api/leaderboard$request"
        both_say_the_same "/api/leaderboard$request" \
            -H 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
    done
    host_end read
    ask_gzipped '/api/leaderboard?rev=200'
    is_exact leaderboard 200
}
