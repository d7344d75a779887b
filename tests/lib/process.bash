# process: the stack's parts as processes. Starts each under a keeper that notes how it ended.
#
# Works in $dir, the stack's directory: parts/PART.pid and parts/PART.session while and after the
# part runs, parts/PART.status once it has ended, logs/PART.log.
# shellcheck shell=bash
# shellcheck disable=SC2154  # dir is set by the caller

# shellcheck source=tests/lib/wait.bash
source "$(dirname "${BASH_SOURCE[0]}")/wait.bash"

log_of() { echo "$dir/logs/${1/:/}.log"; }
state_of() { echo "$dir/parts/${1/:/}.$2"; } # PART pid|session|status

# Runs a command as a part, in a session of its own, so that neither the caller's terminal nor a
# part's signal to its whole process group reaches anybody else. Descriptors 3 and up are closed: a
# child that held on to bats' descriptor 3 would keep bats waiting for ever.
launch() { # PART COMMAND...
    local part=$1
    shift
    rm -f "$(state_of "$part" pid)" "$(state_of "$part" status)"
    setsid bash -c "$keeper" "$dir/parts/${part/:/}" "$@" \
        </dev/null >>"$(log_of "$part")" 2>&1 &
    wait_until 5 test -s "$(state_of "$part" pid)"
}

# The part is the keeper's foreground child, so that it gets every signal's default action; `:` lets
# the keeper outlive a signal to the group, and is reset for the child.
# shellcheck disable=SC2016  # these are the keeper's own variables
keeper='
    for fd in /proc/self/fd/*; do
        fd=${fd##*/}
        ((fd < 3)) || eval "exec $fd>&-"
    done
    trap : HUP INT QUIT TERM
    cd /
    echo $$ >"$0.session"
    (echo "$BASHPID" >"$0.pid" && exec "$@")
    echo $? >"$0.status"'

pid_of() { cat "$(state_of "$1" pid)"; }

# Asks for the keeper, which ends when it has noted the status, and not for the part: between the
# two there is a moment in which nobody could say how the part ended.
is_running() {
    [[ -s $(state_of "$1" pid) && ! -s $(state_of "$1" status) ]] &&
        kill -0 "$(cat "$(state_of "$1" session)")" 2>/dev/null
}

# The part and all that it has forked, the part first; neither the keeper nor zombies.
session_pids() { # PART
    local session
    session=$(cat "$(state_of "$1" session)")
    pgrep -s "$session" -r D,R,S,T | grep -vx "$session"
}
session_is_empty() { [[ -z $(session_pids "$1") ]]; }
has_ended() { ! is_running "$1"; }

# 137: a test killed it. lighttpd says 1 when it had connections, 255 when something is wrong.
is_good_end() { [[ $2 == @(0|137) || $1/$2 == lighttpd:*/1 ]]; } # PART STATUS

# Asks a part to end, and checks that it ended well and took its children along. One that had ended
# before is judged too: a crash must not pass unseen because nobody was looking.
end_part() { # PART SIGNAL SECONDS
    local part=$1 status complaint=
    [[ -e $(state_of "$part" pid) ]] || return 0
    if is_running "$part"; then
        # One that is stopped goes on first, and hears the signal then. (After it, SIGCONT might undo
        # the SIGSTOP with which LeakSanitizer looks at a process that ends.)
        kill -s CONT "$(pid_of "$part")" 2>/dev/null || true # it may just have ended
        kill -s "$2" "$(pid_of "$part")" 2>/dev/null || true
    fi
    if ! wait_until "$3" has_ended "$part"; then
        complaint="did not end within $3 s of SIG$2"
    elif ! wait_until 15 session_is_empty "$part"; then
        complaint="left processes behind"
    else
        status=$(cat "$(state_of "$part" status)" 2>/dev/null || echo unknown)
        is_good_end "$part" "$status" || complaint="ended with status $status"
    fi
    crash_part "$part" KILL 5
    [[ -z $complaint ]] && return
    echo "stack: $part $complaint; its log ends:" >&2
    tail -n 30 "$(log_of "$part")" >&2
    return 1
}

# Ends a part the hard way, with its children, and keeps no grudge about its status.
crash_part() { # PART SIGNAL SECONDS
    local part=$1
    [[ -e $(state_of "$part" pid) ]] || return 0
    # shellcheck disable=SC2046  # one word for each pid
    kill -s "$2" $(session_pids "$part") 2>/dev/null || true
    wait_until "$3" has_ended "$part"
    rm -f "$(state_of "$part" pid)" "$(state_of "$part" session)" "$(state_of "$part" status)"
}
