#!/usr/bin/env bats
#
# What pages of other sites may read: nothing unless `cors_origins` says so, and never what a staff
# token opens. And docs/boards.md's page of one's own works as it stands there.
# shellcheck disable=SC2016,SC2154  # what looks like a shell's variable is JavaScript's; sourced ones
bats_require_minimum_version 1.5.0
load ../lib/host
load ../lib/stack
load ../lib/browser

origin=https://ours.example
reads=$'leaderboard\nleaderboard/teams\ntimeline\ntimeline/teams\nscoreboard/ctftime'

teardown() {
    stop_browser
    [[ -z ${site:-} ]] || dir=$work end_part site TERM 10
    [[ -z ${SB_HOST:-} ]] || teardown_host
    [[ -z ${SB_STACK:-} ]] || teardown_stack
}

start() { # ORIGINS
    host_config="[read]
staff_token_file = staff-tokens
[scoreboard]
cors_origins = $1" host_before_api='include var.scoreboard_conf + "/rev.conf"' setup_host
    make_current 200
    board_text ctftime 200 | gzip -n >"$SB_HOST/node/boards/200/public/all/ctftime.json.gz"
    (umask 077 && echo a-staff-token-of-this-test >"$SB_HOST/etc/staff-tokens")
}

ask_from() { ask "$2" -H "Origin: $1" "${@:3}"; } # ORIGIN PATH [CURL ARGUMENTS...]
may_read() {                                      # ORIGIN
    [[ $(header Access-Control-Allow-Origin) == "$1" ]] &&
        [[ $(header Access-Control-Expose-Headers) == "ETag, Retry-After, X-Scoreboard-Revision" ]]
}
tells_no_page() { ! head_of_answer | grep -i '^access-control'; }

# --- Reads, and what stands in for the daemon -----------------------------------------------------

@test "by default no page of another site may read anything" {
    start ""
    while read -r url; do
        for query in '' '?rev=200'; do
            ask_from "$origin" "/api/$url$query" --compressed
            [[ $code == 200 ]]
            tells_no_page
        done
    done <<<"$reads"$'\nscoreboard/stream'
}

@test "a listed origin may read boards, whatever the answer is, and no other may" {
    start "https://other.example, $origin"
    while read -r url; do
        ask_from "$origin" "/api/$url" --compressed
        [[ $code == 200 ]]
        may_read "$origin"
        ask_from http://ours.example "/api/$url" --compressed
        tells_no_page
    done <<<"$reads"$'\nleaderboard?rev=200\nleaderboard?rev=100'
    ask "/api/leaderboard?rev=200" --compressed
    tells_no_page
    [[ $(header Vary) == *", Origin" ]] # so that no cache mixes them up
    for query in 'rev=300' 'rev=x' 'division=7'; do
        ask_from "$origin" "/api/leaderboard?$query" --head
        [[ $code == [45]* ]]
        may_read "$origin"
    done
    ask_from "$origin" '/api/leaderboard?rev=200' -H 'If-None-Match: *'
    [[ $code == 304 ]]
    may_read "$origin"
}

@test "while the daemon is away its stand-in lets the same pages read" {
    start "$origin"
    for url in stream health; do
        ask_from "$origin" "/api/scoreboard/$url"
        may_read "$origin"
        ask_from https://stranger.example "/api/scoreboard/$url"
        tells_no_page
    done
}

@test "a star lets any page read" {
    start '*'
    for anybody in "$origin" null; do
        ask_from "$anybody" '/api/leaderboard?rev=200' --compressed
        [[ $code == 200 ]]
        may_read '*'
    done
}

@test "what a token opens is for no page, no preflight succeeds, and nobody may send events" {
    start '*'
    for token in a-staff-token-of-this-test none-of-the-staff; do
        ask_from "$origin" /api/leaderboard -H "Authorization: Bearer $token"
        tells_no_page
    done
    for url in leaderboard scoreboard/events; do
        ask_from "$origin" "/api/$url" -X OPTIONS -H 'Access-Control-Request-Method: GET' \
            -H 'Access-Control-Request-Headers: authorization'
        [[ $code == 405 ]]
        tells_no_page
    done
    ask_from "$origin" /api/scoreboard/events -d '{"scope":"all","reason":"x"}'
    tells_no_page
}

@test "a list that is none is refused, and its key is named" {
    echo $'[scoreboard]\ncors_origins = https://ours.example/' >"$BATS_TEST_TMPDIR/scoreboardd.conf"
    run ! "$SB_BUILD/daemon/scoreboardd" -n -c "$BATS_TEST_TMPDIR/scoreboardd.conf"
    [[ $output == *'[scoreboard] cors_origins: "https://ours.example/" is no origin'* ]]
}

# --- A page of another site, in a browser ---------------------------------------------------------

serve_page() {
    mkdir "$work/site"
    sed -n '/^```html$/,/^```$/{/^```/!p}' "$repository/docs/boards.md" >"$work/site/index.html"
    dir=$work launch site python3 -u -m http.server --bind 127.0.0.1 --directory "$work/site" 0
    retry 10 site_port >/dev/null
}
site_port() { sed -n 's/^Serving HTTP on .* port \([0-9]*\) .*/\1/p' "$work/logs/site.log" | grep .; }

may_fetch() { [[ $(js "return fetch('$SB_URL$1', arguments[0] ? { headers: { Authorization: 'Bearer x' } } : {})
    .then((answer) => answer.headers.has('X-Scoreboard-Revision') || answer.ok, () => false)" "${2:-}") == true ]]; }

@test "the page of one's own that docs/boards.md shows follows the boards" {
    work=$BATS_TEST_TMPDIR
    mkdir "$work"/{logs,parts}
    serve_page
    site=http://127.0.0.1:$(site_port)
    setup_stack --seed small --config "scoreboard.cors_origins=$site"
    sed -i "s|https://ctf.example.org|$SB_URL|" "$work/site/index.html"
    [[ $(wc -l <"$work/site/index.html") == 10 ]]
    start_browser
    visit "$site/"
    shows 'document.querySelectorAll("li").length === 8'
    may_fetch /api/leaderboard
    may_fetch /api/scoreboard/health
    run ! may_fetch /api/leaderboard with-a-token
    sql "INSERT INTO teams (name) VALUES ('newcomers'); INSERT INTO users (username, team_id)
        SELECT 'newcomer', id FROM teams WHERE name = 'newcomers';
        INSERT INTO submissions (user_id, challenge_id, provided, correct)
        SELECT u.id, c.id, '', true FROM users u, challenges c WHERE u.username = 'newcomer'"
    shows '[...document.querySelectorAll("li")].some((row) => row.innerText.startsWith("newcomers "))'
    visit "http://localhost:$(site_port)/" # the same page, but not the origin that is listed
    run ! may_fetch /api/leaderboard
    [[ $(js 'return document.querySelectorAll("li").length') == 0 ]]
}
