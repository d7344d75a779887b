# steps: long work, shown as one line a step: what is done, whether it went well, how long it took.
# shellcheck shell=bash

steps_log=${steps_log:-/dev/null} # where the running step's output goes; set by the caller

# Prints the end of the log when the command fails, and returns its status.
step() { # TITLE COMMAND...
    local started=$SECONDS status=0
    printf '%-64s ' "$1 ..."
    "${@:2}" >"$steps_log" 2>&1 </dev/null || status=$?
    if ((status == 0)); then
        echo "ok, $((SECONDS - started)) s"
    else
        echo "FAILED after $((SECONDS - started)) s; $steps_log ends:"
        tail -n 40 "$steps_log"
    fi
    return "$status"
}
