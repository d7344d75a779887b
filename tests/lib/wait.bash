# wait: ask again until the answer is yes or the time is up. Nothing here sleeps for luck.
# shellcheck shell=bash

# Repeats a command until it succeeds; fails once SECONDS have passed without.
wait_until() { # SECONDS COMMAND...
    local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
    shift
    until "$@"; do
        ((${EPOCHREALTIME/./} < end)) || return 1
        sleep 0.05
    done
}

# The same for a test: says what was awaited in vain, and shows the command's last words.
retry() { # SECONDS COMMAND...
    local last
    wait_until "$1" remember_output last "${@:2}" && return
    echo "after $1 s still not: ${*:2}" >&2
    echo "$last" >&2
    return 1
}

remember_output() { # VARIABLE COMMAND...
    local -n _output=$1
    _output=$("${@:2}" 2>&1)
}
