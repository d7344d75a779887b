# stack: a test's own stack, and the short words with which tests talk to it.
#
#   setup()    { setup_stack --nodes 3; }
#   teardown() { teardown_stack; }
#
# or in setup_file and teardown_file, for tests that can share one. setup_stack takes the options of
# `tests/stack up` and exports all that is in the stack's env file (SB_URL, PGHOST, ...).
# shellcheck shell=bash

# shellcheck source=tests/lib/tree.bash
source "$(dirname "${BASH_SOURCE[0]}")/tree.bash"
# shellcheck source=tests/lib/wait.bash
source "$repository/tests/lib/wait.bash"

setup_stack() { # OPTIONS of `tests/stack up`
    SB_STACK=$(mktemp -dt sb.XXXXXX)
    export SB_STACK
    "$repository/tests/stack" up "$SB_STACK" "$@" || return
    # shellcheck source=/dev/null
    source "$SB_STACK/env"
}

# Ends what setup_stack and start_sse started. Fails if a part crashed or if a sanitizer or an
# assert has spoken: a responder that dies is started anew by multiwatch, so only its log knows.
teardown_stack() {
    local failed=0
    if [[ ! -e $SB_STACK/env ]]; then # it never came up, and has said why
        rm -rf "$SB_STACK"
        return
    fi
    stop_all_sse
    stack down || failed=1
    if grep -HE 'Sanitizer|runtime error:|Assertion .* failed' "$SB_STACK"/logs/*.log; then
        failed=1
    fi >&2
    if ((failed)) || [[ -z ${BATS_TEST_COMPLETED:-} ]]; then
        tail -n 12 "$SB_STACK"/logs/*.log
    fi >&2
    rm -rf "$SB_STACK"
    ((failed == 0))
}

stack() { # VERB [PART...]
    "$repository/tests/stack" "$1" "$SB_STACK" "${@:2}"
}

ctl() { # ARGUMENTS of scoreboardctl, with node 1's config
    "${SB_BUILD:-$repository}/cli/scoreboardctl" -c "$SB_CONFIG" "$@"
}

sql() { # STATEMENTS [PSQL ARGUMENTS...]
    psql -XAtq -v ON_ERROR_STOP=1 -c "$@"
}

# As Redis' default user, who may do everything; our programs have a user of their own.
redis() { # COMMAND...
    redis-cli -e -s "$SB_REDIS_SOCKET" "$@"
}

url_of() { # NODE
    local urls
    read -ra urls <<<"$SB_URLS"
    echo "${urls[$1 - 1]}"
}

# Prints the body; fails on an HTTP status of 400 and above, printing the body as well.
get() { # PATH [NODE [CURL ARGUMENTS...]]
    curl -sS --fail-with-body --max-time 10 "${@:3}" "$(url_of "${2:-1}")$1"
}

# Whether the JSON document on standard input is as the filter says. To no input at all, which is what
# a server that is down prints, jq 1.6 with -e alone says yes.
json_is() { # FILTER [JQ ARGUMENTS...]
    jq -en "${@:2}" "input | $1"
}

# Prints the HTTP status alone.
status_of() { # PATH [NODE [CURL ARGUMENTS...]]
    curl -s -o /dev/null -w '%{http_code}\n' --max-time 10 "${@:3}" "$(url_of "${2:-1}")$1"
}

# --- Streams: curl writes each to a file of the stack's directory ---------------------------------

start_sse() { # NAME [NODE [CURL ARGUMENTS...]]
    mkdir -p "$SB_STACK/sse"
    rm -f "$SB_STACK/sse/$1" # what an earlier stream of this name brought
    curl -sN -D "$SB_STACK/sse/$1.head" "${@:3}" "$(url_of "${2:-1}")/api/scoreboard/stream" \
        </dev/null >"$SB_STACK/sse/$1" 2>&1 3>&- &
    echo $! >"$SB_STACK/sse/$1.pid"
}

stop_sse() { # NAME
    local pid
    pid=$(<"$SB_STACK/sse/$1.pid")
    kill -s CONT "$pid" 2>/dev/null || true # a test may have stopped it
    kill "$pid" 2>/dev/null || true
    rm "$SB_STACK/sse/$1.pid"
}

stop_all_sse() {
    local pid
    for pid in "$SB_STACK"/sse/*.pid; do
        [[ ! -e $pid ]] || stop_sse "$(basename "$pid" .pid)"
    done
}

# What a stream has brought so far.
sse() { cat "$SB_STACK/sse/$1"; } # NAME

# The greatest is the newest: a stream's ids never fall.
last_event_id() { # NAME
    sed -n 's/^id: //p' "$SB_STACK/sse/$1" | tail -n 1
}

wait_for_event() { # NAME ID
    retry 10 grep -qx "id: $2" "$SB_STACK/sse/$1"
}

wait_for_event_after() { # NAME ID
    retry 10 event_is_after "$1" "$2"
}
event_is_after() {
    local id
    id=$(last_event_id "$1")
    [[ -n $id ]] && ((id > $2))
}
