# streamd: a test's own stream without a stack: tests/streamd on a Unix socket, fed by hand.
#
#   start_streamd heartbeat=100ms       # keys of [stream]
#   feed restore 1772215200000 startup  # and `feed 1772215200431 submission_correct`
#   connect alice -H 'Last-Event-ID: 5' # curl, into $work/alice
#
# and stop_streamd in teardown. Times in notices are 2026-02-27T18:00:00Z.
# shellcheck shell=bash
# shellcheck disable=SC2034  # code is used by those who source this

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${SB_BUILD:-$repository}
# shellcheck source=tests/lib/wait.bash
source "$repository/tests/lib/wait.bash"

stream_path=/api/scoreboard/stream

start_streamd() { # KEY=VALUE...
    work=$(mktemp -dt sb.XXXXXX)
    socket=$work/stream.sock
    {
        printf '[scoreboard]\nsocket = %s\n[read]\nstaff_token_file = staff-tokens\n[stream]\n' "$socket"
        printf '%s\n' "$@"
    } >"$work/conf"
    mkfifo "$work/feed"
    run_streamd
}

# Also for a second one on the same socket.
run_streamd() {
    "$build/tests/streamd" -c "$work/conf" <"$work/feed" >>"$work/log" 2>&1 3>&- &
    streamd=$!
    exec {feed}>"$work/feed"
    wait_until 5 answers || {
        cat "$work/log" >&2
        return 1
    }
}
answers() { curl -s -o /dev/null --unix-socket "$socket" http://node/status; }

# Fails if it ended badly, or a sanitizer or an assert has spoken.
stop_streamd() {
    local pid status=0
    for pid in "$work"/*.pid; do
        [[ ! -e $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null || true
    done
    kill "$streamd" 2>/dev/null || true
    wait "$streamd" || status=$?
    exec {feed}>&-
    if ((status)) || grep -qE 'Sanitizer|runtime error:|Assertion .* failed' "$work/log"; then
        echo "streamd ended with status $status" >&2
        cat "$work/log" >&2
        status=1
    fi
    [[ ! -e $socket ]] || status=1
    rm -rf "$work"
    return "$status"
}

feed() { # [restore|staff] REVISION REASON
    echo "$* 1772215200000000" >&"$feed"
}

# Starts a command that lives until the test ends, or until `leave NAME`; its output is $work/NAME.
background() { # NAME COMMAND...
    "${@:2}" </dev/null >"$work/$1" 2>&1 3>&- {feed}>&- &
    echo $! >"$work/$1.pid"
    disown # so that bash does not tell of its end
}
leave() { kill "$(<"$work/$1.pid")" 2>/dev/null || true; } # NAME

# A client of the stream.
connect() { # NAME [CURL ARGUMENTS...]
    background "$1" curl -sN --unix-socket "$socket" "${@:2}" "http://node$stream_path"
}

herd() { # NAME CLIENTS
    background "$1" "$build/tests/herd" -u "$socket" -n "$2"
}

shows() { retry "${seconds:-10}" grep -q -- "$2" "$work/$1"; } # NAME PATTERN

# What a client has got so far, but for its `retry`, which differs.
got() { sed -n '/^retry: /,$p' "$work/$1" | tail -n +2; } # NAME
has_got() { [[ $(got "$1") == "$2" ]]; }                  # NAME BYTES (without the last newlines)

count_of() { # NAME of one of the stream's counts
    curl -s --unix-socket "$socket" http://node/metrics | sed -n "s/^$1 //p"
}
counts() { [[ $(count_of "$1") == "$2" ]]; }  # NAME NUMBER
at_least() { [[ $(count_of "$1") -ge $2 ]]; } # NAME NUMBER

# Sends bytes as they are and prints what comes back until the end.
raw() { # SECONDS; bytes on standard input
    timeout "$1" nc -U "$socket"
}

scoreboard() { # REVISION REASON
    printf 'id: %s\nevent: scoreboard\n' "$1"
    printf 'data: {"scope":"all","reason":"%s","ts":"2026-02-27T18:00:00Z"}\n\n' "$2"
}
