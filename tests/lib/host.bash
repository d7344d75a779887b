# host: a web host with no daemon, PostgreSQL or Redis behind it: lighttpd, responders, and boards
# that are made by hand. Reads need no more, so their tests take no longer than they must.
#
#   setup()    { setup_host; make_current 100; }
#   teardown() { teardown_host; }
#
# setup_host exports SB_HOST, the host's directory, and what http.bash asks.
# shellcheck shell=bash

# shellcheck source=tests/lib/tree.bash
source "$(dirname "${BASH_SOURCE[0]}")/tree.bash"
# shellcheck source=tests/lib/process.bash
source "$repository/tests/lib/process.bash"
# shellcheck source=tests/lib/http.bash
source "$repository/tests/lib/http.bash"

# FORM says who runs the responders: `responders` (themselves), `responders-bin-path` (lighttpd) or
# `responders-cgi` (each request). More lines for scoreboardd.conf in $host_config,
# for lighttpd.conf in $host_before_api and, at its end, $host_lighttpd.
setup_host() { # [FORM]
    local form=${1:-responders}
    make_host
    print_host_lighttpd "$form" >"$SB_HOST/etc/lighttpd.conf"
    [[ $form != responders ]] || start_responders
    start_web
}

# All but lighttpd's configuration.
make_host() {
    SB_HOST=$(mktemp -dt sb.XXXXXX)
    export SB_HOST SB_URL=http://host SB_WEB_SOCKET=$SB_HOST/run/web.sock
    mkdir -p "$SB_HOST"/{etc,logs,parts,run,node/boards,web}
    echo "the page" >"$SB_HOST/web/index.html"
    (umask 077 && echo "a-token-of-this-test" >"$SB_HOST/etc/tokens")
    print_host_config >"$SB_HOST/etc/scoreboardd.conf"
}

print_host_config() {
    cat <<END
[scoreboard]
directory = $SB_HOST/node
[publish]
token_file = $SB_HOST/etc/tokens
conninfo = host=$SB_HOST/run
${host_config:-}
END
}

print_host_lighttpd() { # FORM
    cat <<END
server.bind = "$SB_WEB_SOCKET"
server.errorlog = "$SB_HOST/logs/lighttpd.error.log"
mimetype.assign = (".html" => "text/html; charset=utf-8")
var.scoreboard_run = "$SB_HOST/run"
var.scoreboard_boards = "$SB_HOST/node/boards"
var.scoreboard_web = "$SB_HOST/web"
var.scoreboard_programs = "$SB_BUILD/fcgi"
var.scoreboard_config = "$SB_HOST/etc/scoreboardd.conf"
var.scoreboard_conf = "$repository/etc/lighttpd/scoreboard"
var.scoreboard_errors = var.scoreboard_conf + "/errors"
${host_before_api:-}
include var.scoreboard_conf + "/api.conf"
include var.scoreboard_conf + "/$1.conf"
include var.scoreboard_conf + "/host.conf"
${host_lighttpd:-}
END
}

host_launch() {
    local dir=$SB_HOST
    launch "$@"
}

host_end() { # PART
    local dir=$SB_HOST
    end_part "$1" TERM 20
}

start_responders() {
    start_pool read
    start_pool publish
}

start_pool() { # read|publish
    rm -f "$SB_HOST/run/$1.sock"
    host_launch "$1" spawn-fcgi -n -s "$SB_HOST/run/$1.sock" -b 1024 -- \
        "$(command -v multiwatch)" -f 2 -- \
        "$SB_BUILD/fcgi/scoreboard-$1.fcgi" -c "$SB_HOST/etc/scoreboardd.conf"
    retry 20 is_listening "$SB_HOST/run/$1.sock"
}

start_web() {
    host_launch lighttpd lighttpd -D -f "$SB_HOST/etc/lighttpd.conf"
    retry 20 is_listening "$SB_WEB_SOCKET"
}

is_listening() { grep -q " 00010000 .* $1\$" /proc/net/unix; } # as /proc flags it

# Fails if a part had crashed, or if a sanitizer or an assert has spoken.
teardown_host() {
    local failed=0 part
    for part in lighttpd read publish; do host_end "$part" || failed=1; done
    if grep -HE 'Sanitizer|runtime error:|Assertion .* failed' "$SB_HOST"/logs/*.log; then
        failed=1
    fi >&2
    ((failed == 0)) || tail -n 20 "$SB_HOST"/logs/*.log >&2
    rm -rf "$SB_HOST"
    ((failed == 0))
}

# --- Boards, as the daemon writes them ------------------------------------------------------------

board_text() { printf '{"board":"%s","revision":%s}\n' "$1" "$2"; } # BOARD REVISION

make_revision() { # REVISION
    local directory=$SB_HOST/node/boards/$1/public/all board
    mkdir -p "$directory"
    for board in leaderboard{,-teams} timeline{,-teams}; do
        board_text "$board" "$1" | gzip -n >"$directory/$board.json.gz"
    done
    printf '{"format":2,"revision":%s}' "$1" >"$SB_HOST/node/boards/$1/manifest.json"
}

# As RFC 9842 says it, and by other programs than ours.
digest_of() { board_text "$@" | openssl dgst -sha256 -binary; } # BOARD REVISION
offer_of() { echo ":$(digest_of "$@" | base64):"; }             # BOARD REVISION

make_delta() { # BOARD FROM-REVISION REVISION
    local directory=$SB_HOST/node/boards/$3/public/all name
    name=$(digest_of "$1" "$2" | basenc --base64url | tr -d =)
    board_text "$1" "$2" >"$SB_HOST/old.json"
    board_text "$1" "$3" >"$SB_HOST/new.json"
    {
        printf '\x5e\x2a\x4d\x18\x20\0\0\0'
        digest_of "$1" "$2"
        zstd -qc --patch-from="$SB_HOST/old.json" "$SB_HOST/new.json"
    } >"$directory/$1.$name.dcz"
}

# The text that the answer's delta makes of an older board.
told_from() { # BOARD REVISION
    board_text "$@" >"$BATS_TEST_TMPDIR/old"
    zstd -qdc --patch-from="$BATS_TEST_TMPDIR/old" "$BATS_TEST_TMPDIR/body"
}

make_current() { # REVISION
    [[ -d $SB_HOST/node/boards/$1 ]] || make_revision "$1"
    ln -sfn "boards/$1" "$SB_HOST/node/current.new"
    mv -T "$SB_HOST/node/current.new" "$SB_HOST/node/current"
}
