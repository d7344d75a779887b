#!/usr/bin/env bats
#
# scoreboardctl's small commands: publish, rebuild, watch, metrics, token. One stack serves all.
# shellcheck disable=SC2154  # run --separate-stderr sets stderr
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() { setup_stack; }
teardown_file() { teardown_stack; }

# What one test has published must not meet the next one's in a batch.
setup() { retry 40 all_is_rebuilt; }
all_is_rebuilt() { ctl status --json | json_is '.status == "live" and .outbox == 0'; }

teardown() {
    [[ -z ${watcher:-} ]] || kill -KILL "$watcher" 2>/dev/null || true
}

revision() { get /api/scoreboard/health | jq .revision; }

# Writes what `watch` shows into $SB_STACK/watched; $watcher is its pid.
start_watch() { # OPTIONS
    "${SB_BUILD:-$repository}/cli/scoreboardctl" -c "$SB_CONFIG" watch "$@" \
        >"$SB_STACK/watched" 2>&1 3>&- &
    watcher=$!
}

ends_well_on() { # SIGNAL
    kill -s "$1" "$watcher"
    retry 10 watch_has_ended && wait "$watcher"
}
watch_has_ended() { ! kill -0 "$watcher" 2>/dev/null; }

shows() { grep -E "$1" "$SB_STACK/watched"; }

@test "every command explains itself, and names the option that is wrong" {
    for command in check board export status watch publish rebuild metrics token; do
        run -0 ctl "$command" --help
        [[ ${lines[0]} == "Usage: scoreboardctl [-c FILE] $command"* ]]
    done
    run -64 --separate-stderr ctl rebuild --deadlines 5
    [[ $stderr == *--deadlines* ]]
    run -1 --separate-stderr ctl rebuild --deadline soon
    [[ $stderr == *'--deadline "soon"'* ]]
    run -1 --separate-stderr ctl publish --reason "Not good"
    [[ $stderr == *'--reason "Not good"'* ]]
}

@test "the manual has every command with every option, and no others" {
    local manual=$repository/docs/scoreboardctl.1 command
    for command in $(ctl --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        echo "$command"
        ctl "$command" --help | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
    done | sort >"$SB_STACK/help"
    sed -n 's/^\.Ss \([a-z]*\)$/\1/p; s/^\.It Fl -\([a-z-]*\).*/--\1/p' "$manual" |
        sort >"$SB_STACK/manual"
    diff "$SB_STACK/help" "$SB_STACK/manual"
}

@test "publish says what was published, and the boards are rebuilt for that reason" {
    local before
    before=$(revision)
    start_sse published
    retry 5 grep -q '^event: ready' "$SB_STACK/sse/published"
    ctl publish --reason by_hand | json_is '.scope == "all" and .reason == "by_hand"'
    wait_for_event_after published "$before"
    sse published | grep -q '"reason":"by_hand"'
}

@test "publish without Redis still counts: the poll finds it" {
    local before
    before=$(revision)
    stack stop redis
    run -0 --separate-stderr ctl publish
    [[ $output == *'"reason":"manual"'* && $stderr == *"no hint on Redis"* ]]
    stack start redis
    retry 40 revision_is_above "$before"
}
revision_is_above() { (($(revision) > $1)); }

@test "publish without PostgreSQL fails, and says so" {
    stack stop postgres
    run -1 --separate-stderr ctl publish
    stack start postgres
    [[ $stderr == *"conninfo in [publish]"* ]]
}

@test "rebuild returns when newer boards are live on this node" {
    local before
    before=$(revision)
    run -0 ctl rebuild
    [[ $output =~ ^revision\ ([0-9]+)\ is\ live ]]
    ((BASH_REMATCH[1] > before))
    (($(revision) >= BASH_REMATCH[1]))
}

@test "rebuild gives up at its deadline, and says where to look" {
    redis SET leaderboard:rebuild:lock somebody PX 60000
    run -1 --separate-stderr ctl rebuild --deadline 1
    redis DEL leaderboard:rebuild:lock
    [[ $stderr == *"still serves revision"*"scoreboardctl status"* ]]
}

@test "watch shows each notice with revision, reason and age; Ctrl-C ends it well" {
    start_watch
    retry 5 shows 'revision [0-9]+  ready$'
    ctl publish --reason look_here
    retry 10 shows '^[0-9:]{8}  revision [0-9]+  look_here  -?[0-9.]+ s old$'
    ends_well_on INT
}

@test "watch comes back by itself after the daemon was away, and misses nothing" {
    start_watch --url "$SB_URL/"
    retry 5 shows ready
    stack stop daemon:1
    retry 5 shows 'trying again'
    ctl publish --reason while_away
    stack start daemon:1
    retry 40 shows while_away
    ends_well_on TERM
}

@test "metrics prints the daemon's" {
    run -0 ctl metrics
    [[ $output == *"# TYPE scoreboardd_revision gauge"* ]]
}

@test "what does not get out is an error, and not a short file" {
    ctl_into_full_disk() { ctl "$@" >/dev/full; }
    for command in "board --json" board status metrics; do
        # shellcheck disable=SC2086  # words
        run -1 --separate-stderr ctl_into_full_disk $command
        [[ $stderr == *"the output is not whole: No space left on device"* ]]
    done
}

@test "a daemon that is away is an error that names its socket" {
    stack stop daemon:1
    run -1 --separate-stderr ctl metrics
    stack start daemon:1
    [[ $stderr == *"no answer from $SB_DAEMON_SOCKETS"* ]]
}

@test "token makes one that the events call takes at once" {
    local token another
    token=$(ctl token)
    another=$(ctl token)
    [[ $token =~ ^[A-Za-z0-9_-]{43}$ && $another =~ ^[A-Za-z0-9_-]{43}$ && $another != "$token" ]]
    run -0 status_of /api/scoreboard/events 1 --json '{"reason":"by_token"}' \
        -H "Authorization: Bearer $token"
    [[ $output == 202 ]]
}

@test "token --staff makes one that opens the staff's boards, and nothing else" {
    local token
    token=$(ctl token --staff)
    run -0 status_of /api/leaderboard 1 -H "Authorization: Bearer $token"
    [[ $output == 200 ]]
    run -0 status_of /api/leaderboard 1 -H "Authorization: Bearer $(ctl token)"
    [[ $output == 401 ]]
    run -0 status_of /api/scoreboard/events 1 --json '{"reason":"a"}' -H "Authorization: Bearer $token"
    [[ $output == 401 ]]
}

@test "token begins a new file for its owner and group, and a new line after an unfinished one" {
    local file=$SB_STACK/new-tokens token
    (umask 022 && token_into "$file" >/dev/null)
    [[ $(stat -c %a "$file") == 640 ]]
    printf unfinished >"$file"
    token=$(token_into "$file")
    [[ $(<"$file") == unfinished$'\n'$token ]]
}

token_into() { # FILE
    sed "s|^token_file = .*|token_file = $1|" "$SB_CONFIG" >"$SB_STACK/etc/token.conf"
    SB_CONFIG=$SB_STACK/etc/token.conf ctl token
}
