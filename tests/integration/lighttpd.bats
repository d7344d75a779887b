#!/usr/bin/env bats
#
# The lighttpd configuration that we ship: on an existing site, without root, and for plain CGI.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/host

teardown() { [[ -z ${SB_HOST:-} ]] || teardown_host; }

post() { # BODY [TOKEN]
    ask /api/scoreboard/events -H 'Content-Type: application/json' \
        -H "Authorization: Bearer ${2:-a-token-of-this-test}" -d "$1"
}

# All that a form of running the responders must do.
answers_everything() {
    make_current 100
    make_current 200
    local board
    while read -r url board; do
        ask "/api/$url"
        [[ $code == 200 && $(body) == "$(board_text "$board" 200)" ]]
        ask "/api/$url?rev=100" --compressed
        [[ $code == 200 && $(body) == "$(board_text "$board" 100)" ]]
        [[ $(header Content-Encoding) == gzip && $(header ETag) == "\"100-$board-gzip\"" ]]
        [[ $(header Cache-Control) == *immutable* ]]
        ask "/api/$url" -H "If-None-Match: \"200-$board\""
        [[ $code == 304 ]]
        ask "/api/$url" --head
        [[ $code == 200 && $(header Content-Length) == $(board_text "$board" 200 | wc -c) ]]
        ask "/api/$url?rev=201"
        is_error 503
        ask "/api/$url?rev=0"
        is_error 400 rev
    done <<<$'leaderboard leaderboard\nleaderboard/teams leaderboard-teams
timeline timeline\ntimeline/teams timeline-teams'
    ask /api/scoreboard/stream
    [[ $code == 200 && $(body) == retry:* ]]
    post '{"reason":"a"}'
    is_error 503 # there is no PostgreSQL on this host
    post '{"reason":"A"}'
    is_error 400 reason
    post '{"reason":"a"}' a-wrong-token-of-this-test
    is_error 401
}

@test "responders as processes of their own" {
    setup_host responders
    answers_everything
}

@test "responders that lighttpd starts (bin-path)" {
    setup_host responders-bin-path
    answers_everything
}

@test "responders as plain CGI" {
    setup_host responders-cgi
    answers_everything
}

@test "responders as plain CGI that send the body themselves, where there is no X-Sendfile" {
    host_config=$'[read]\nhandover = body' setup_host responders-cgi
    answers_everything
}

@test "a body that is shorter than it claims ends that CGI request only" {
    setup_host
    run -0 env REQUEST_METHOD=POST REQUEST_URI=/api/scoreboard/events CONTENT_LENGTH=100 \
        CONTENT_TYPE=application/json HTTP_AUTHORIZATION='Bearer a-token-of-this-test' \
        SCOREBOARD_CONFIG="$SB_HOST/etc/scoreboardd.conf" \
        "$SB_BUILD/fcgi/scoreboard-publish.fcgi" <<<'{"reason"'
    [[ $output == "Status: 400 "* && $output == *"shorter than its Content-Length"* ]]
}

# --- Bodies ---------------------------------------------------------------------------------------

# Bytes that lighttpd has written, to whatever.
written() { awk '$1 == "wchar:" { print $2 }' "/proc/$(<"$SB_HOST/parts/lighttpd.pid")/io"; }

# 200 MB to a URL: a small answer at once, and neither the network nor the disk has seen the body.
refuses_body() { # PATH [CURL ARGUMENTS...]
    local before
    before=$(written)
    truncate -s 200M "$BATS_TEST_TMPDIR/large"
    ask "$1" -X POST -T "$BATS_TEST_TMPDIR/large" --max-time 5 \
        -w '%{size_upload}' "${@:2}" >"$BATS_TEST_TMPDIR/sent"
    [[ $code == 413 ]] || return
    [[ $1 != /api/* || $(body | jq -r .error) == "body too large" ]] || return
    (($(<"$BATS_TEST_TMPDIR/sent") < 8000000 && $(written) - before < 100000))
}

refuses_bodies() { # PATH OF THE PAGE
    local path
    for path in /api/leaderboard{,/teams} /api/timeline{,/teams} \
        /api/scoreboard/{stream,health,events,fallback}; do
        refuses_body "$path" -H Expect:
        refuses_body "$path" # asks first (100-continue)
        refuses_body "$path" -H Expect: -H 'Transfer-Encoding: chunked'
    done
    refuses_body /api/scoreboard/nothing -H Expect:
    refuses_body "$1" -H Expect:
    ask /api/leaderboard -X POST -d a-small-one
    is_error 405
}

@test "a large body is refused by its length, whatever it is sent to" {
    setup_host
    refuses_bodies /
    refuses_body /no/such/page
}

@test "a large body over HTTP/2 is refused: its stream is reset, and nothing is written" {
    setup_host
    local before
    before=$(written)
    truncate -s 200M "$BATS_TEST_TMPDIR/large"
    run -92 ask /api/scoreboard/events -T "$BATS_TEST_TMPDIR/large" --http2-prior-knowledge
    (($(written) - before < 100000))
    ask /api/scoreboard/events -d x --http2-prior-knowledge
    [[ $code == 401 ]]
}

@test "a large body is refused where lighttpd starts the responders" {
    setup_host responders-bin-path
    refuses_bodies /index.html
}

@test "a large body is refused where the responders are CGI" {
    setup_host responders-cgi
    refuses_bodies /
}

@test "on an existing site, bodies for the scoreboard are refused and the site's own are not" {
    start_site
    refuses_bodies /scoreboard/
    truncate -s 10K "$BATS_TEST_TMPDIR/upload"
    ask /api/teams -X POST -T "$BATS_TEST_TMPDIR/upload" -H Expect:
    [[ $code == 503 ]] # the platform's backend is asked
}

@test "the events call takes a body of body_max, and no more" {
    setup_host
    make_current 100
    post "{\"reason\":\"a\",\"more\":\"$(printf 'x%.0s' {1..4000})\"}"
    is_error 503 # there is no PostgreSQL on this host
    post "{\"reason\":\"a\",\"more\":\"$(printf 'x%.0s' {1..4090})\"}"
    [[ $code == 413 && $(body | jq -r .error) == "body too large" ]]
}

# --- On an existing site --------------------------------------------------------------------------

# As on Debian: many MIME types, the site's own modules, front controller, API and headers.
start_site() {
    make_host
    mkdir -p "$SB_HOST/site/api"
    echo "the site" >"$SB_HOST/site/index.html"
    echo "the front controller" >"$SB_HOST/site/front.html"
    echo "the platform's own call" >"$SB_HOST/site/api/users.html"
    print_site >"$SB_HOST/etc/lighttpd.conf"
    start_responders
    start_web
}

print_site() {
    cat <<END
server.modules = ("mod_access", "mod_alias", "mod_redirect", "mod_setenv", "mod_proxy")
server.bind = "$SB_WEB_SOCKET"
server.document-root = "$SB_HOST/site"
server.errorlog = "$SB_HOST/logs/lighttpd.error.log"
index-file.names = ("index.html")
include_shell "/usr/share/lighttpd/create-mime.conf.pl"
server.error-handler-404 = "/front.html"
setenv.add-response-header = ("X-Site" => "yes")
alias.url = ("/docs/" => "$SB_HOST/site/")
\$HTTP["url"] =~ "^/api/(leaderboard|teams)" {
    proxy.server = ("" => (("host" => "127.0.0.1", "port" => 1)))
}
END
    # The shipped file, with this host's directories for its own.
    sed -e "s|\"/run/scoreboardd\"|\"$SB_HOST/run\"|" \
        -e "s|\"/run/scoreboardd/boards\"|\"$SB_HOST/node/boards\"|" \
        -e "s|@pkgdatadir@/web|$SB_HOST/web|" \
        -e "s|@pkgdatadir@|$repository/etc|" \
        "$repository/etc/lighttpd/90-scoreboard.conf.in"
}

@test "on an existing site the boards are served, also where the site had claimed their URLs" {
    start_site
    answers_everything
}

@test "an existing site keeps its pages, its API, its headers and its front controller" {
    start_site
    ask /
    [[ $code == 200 && $(body) == "the site" && $(header X-Site) == yes ]]
    ask /docs/front.html
    [[ $code == 200 ]]
    ask /api/users.html
    [[ $(body) == "the platform's own call" && $(header Content-Type) == text/html* ]]
    ask /no/such/page
    [[ $(body) == "the front controller" ]]
    ask /api/no-such-call
    [[ $(body) == "the front controller" ]]
    ask /api/teams
    [[ $code == 503 ]] # the platform's backend, which is down
    ask /api/leaderboard
    is_error 503 # ours, and not the front controller: there is no snapshot yet
    [[ $(header X-Site) == yes ]]
}

@test "on an existing site the page is at /scoreboard/" {
    start_site
    ask /scoreboard
    [[ $code == 301 && $(header Location) == /scoreboard/ ]]
    ask /scoreboard/
    [[ $code == 200 && $(body) == "the page" && $(header X-Content-Type-Options) == nosniff ]]
}

# lighttpd cannot go on beside a new process then, and would serve nobody until the last stream ended.
@test "on an existing site where lighttpd starts the responders, a reload waits for no stream" {
    make_host
    print_site | sed 's|/responders.conf|/responders-bin-path.conf|' >"$SB_HOST/etc/lighttpd.conf"
    sed -i "1i var.scoreboard_programs = \"$SB_BUILD/fcgi\"\nvar.scoreboard_config = \"$SB_HOST/etc/scoreboardd.conf\"" \
        "$SB_HOST/etc/lighttpd.conf"
    run -0 lighttpd -p -f "$SB_HOST/etc/lighttpd.conf"
    [[ $output != *graceful-shutdown-timeout* && $output == *read.fcgi* ]]
}

# --- Without root ---------------------------------------------------------------------------------

@test "a lighttpd of one's own, everything below one directory" {
    make_host
    prefix=$SB_HOST/home/scoreboard
    mkdir -p "$prefix"/{var/boards,libexec,etc/scoreboardd,share/scoreboardd/{lighttpd,web}}
    ln -s "$SB_BUILD/fcgi" "$prefix/libexec/scoreboardd"
    cp -r "$repository/etc/lighttpd/"* "$prefix/share/scoreboardd/lighttpd/"
    printf '[scoreboard]\ndirectory = ../../var\n' >"$prefix/etc/scoreboardd/scoreboardd.conf"
    rm -r "$SB_HOST/node" && ln -s "$prefix/var" "$SB_HOST/node"
    make_current 7
    sed "s|^server.port .*|server.bind = \"$SB_WEB_SOCKET\"|" \
        "$prefix/share/scoreboardd/lighttpd/no-root.conf" >"$SB_HOST/etc/lighttpd.conf"
    HOME=$SB_HOST/home start_web
    ask /api/leaderboard
    [[ $code == 200 && $(body) == "$(board_text leaderboard 7)" ]]
    ask /api/scoreboard/events -d x
    is_error 401
}

# --- lighttpd's own errors ------------------------------------------------------------------------

@test "errors that lighttpd finds by itself are JSON too" {
    setup_host
    for request in '/api/nothing' '/nothing' '/api/leaderboard -X NONSENSE' \
        '/api/scoreboard/events -X POST' "/$(printf 'x%.0s' {1..9000})"; do
        # shellcheck disable=SC2086  # a path and arguments
        ask $request
        ((code >= 400))
        [[ $(header Content-Type) == "application/json; charset=utf-8" ]]
        [[ $(body | jq -r '.error | type') == string ]]
    done
}

@test "every error file is JSON, and has its MIME type" {
    for file in "$repository"/etc/lighttpd/scoreboard/errors/*; do
        jq -es '.[0].error | type == "string"' "$file"
        grep -qF "\"$(basename "$file")\"" "$repository/etc/lighttpd/scoreboard/error-types.conf"
    done
}
