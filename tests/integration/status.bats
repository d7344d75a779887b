#!/usr/bin/env bats
#
# `scoreboardctl status` answers "is it live?", and names each plain fault within five seconds.
#
# One stack serves all tests: each breaks one thing and says in $undo how to mend it, and the next
# begins only when the scoreboard is live again.
# shellcheck disable=SC2016  # the variables are jq's
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() { setup_stack; }
teardown_file() { teardown_stack; }

setup() { undo=; }

teardown() {
    eval "$undo"
    retry 40 is_live
}

is_live() { ctl status; }

# Whatever hangs, status itself does not.
status_in_time() {
    timeout 5 "${SB_BUILD:-$repository}/cli/scoreboardctl" -c "$SB_CONFIG" status --json
}

# Status names CHECK as the fault, in these words, with an advice.
names() { # CHECK VERDICT WORDS
    status_in_time | json_is '.fault | .name == $name and .verdict == $verdict and .advice != ""
        and (.finding | contains($words))' \
        --arg name "$1" --arg verdict "$2" --arg words "$3"
}

# The same, and since when: it began after $before, by this host's clock.
names_since() { # CHECK VERDICT WORDS
    status_in_time | json_is '.fault | .name == $name and .verdict == $verdict and .advice != ""
        and (.finding | contains($words)) and .since >= $before and .since / 1000 <= now' \
        --arg name "$1" --arg verdict "$2" --arg words "$3" --argjson before "$before"
}

note_time() { before=$((${EPOCHREALTIME/./} / 1000)); }

add_team() { sql "INSERT INTO teams (name) VALUES ('$BATS_TEST_NUMBER')"; }

@test "a sound scoreboard is live, exit status 0" {
    retry 20 is_live
    run -0 ctl status
    [[ ${lines[0]} == live ]]
    [[ $output == *"stream clients"* && $output == *"lock free"* && $output == *"outbox 0"* ]]
}

@test "--json has the numbers" {
    ctl status --json | json_is '
        .status == "live" and .fault == null and .lock == null and .outbox == 0
        and .revision > 0 and .age_ms >= 0 and .clients >= 0
        and (.dirty | type) == "boolean"
        and (.postgres_clock_ms | fabs) < 2000 and (.redis_clock_ms | fabs) < 2000
        and (.checks | length) > 10 and all(.checks[]; .verdict == "ok")'
}

@test "asking often disturbs nobody: the daemon lives on, and keeps no stream of ours" {
    for _ in {1..40}; do ctl status >/dev/null; done
    ctl status --json | json_is '.status == "live"'
    retry 5 no_streams_are_left
}
no_streams_are_left() { ctl status --json | json_is '.clients == 0'; }

@test "fault: PostgreSQL is down" {
    undo='stack start postgres'
    note_time
    stack stop postgres
    retry 5 names_since PostgreSQL broken "No such file"
    run -2 ctl status
    [[ ${lines[0]} == "broken: PostgreSQL: "*"(since "* ]]
    [[ ${lines[1]} == *"start PostgreSQL"* ]]
}

@test "fault: PostgreSQL hangs" {
    undo="kill -CONT $(stack pid postgres)"
    kill -STOP "$(stack pid postgres)"
    retry 5 names PostgreSQL broken "deadline"
}

@test "fault: the daemon's role in PostgreSQL may not log in" {
    undo="sql 'ALTER ROLE scoreboard_daemon LOGIN'"
    sql "ALTER ROLE scoreboard_daemon NOLOGIN"
    retry 5 names PostgreSQL broken "not permitted to log in"
}

@test "fault: the database has no schema of ours" {
    undo="sql 'ALTER SCHEMA away RENAME TO scoreboard'"
    note_time
    sql "ALTER SCHEMA scoreboard RENAME TO away"
    retry 5 names_since schema broken "schema scoreboard is not there"
    run -2 ctl status
    [[ ${lines[1]} == *"scoreboardctl migrate"* ]]
}

@test "fault: a trigger is missing, or does not always fire" {
    undo="sql 'ALTER TABLE submissions ENABLE ALWAYS TRIGGER scoreboard_note'"
    sql "ALTER TABLE submissions ENABLE TRIGGER scoreboard_note"
    retry 5 names triggers broken "scoreboard_note on public.submissions"
    undo="ctl migrate --sql-dir $BATS_TEST_DIRNAME/../../sql"
    sql "DROP TRIGGER scoreboard_note ON submissions"
    retry 5 names triggers broken "scoreboard_note on public.submissions"
}

@test "fault: the daemon is down" {
    undo='stack start daemon:1'
    stack stop daemon:1
    retry 5 names daemon broken "no answer"
}

@test "fault: the daemon hangs" {
    undo="kill -CONT $(stack pid daemon:1)"
    kill -STOP "$(stack pid daemon:1)"
    retry 5 names daemon broken "timed out"
}

@test "fault: Redis is down" {
    undo='stack start redis'
    note_time
    stack stop redis
    retry 5 names_since Redis broken "redis.sock"
}

@test "fault: Redis hangs" {
    undo="kill -CONT $(stack pid redis)"
    kill -STOP "$(stack pid redis)"
    retry 5 names Redis broken ""
}

@test "fault: Redis refuses the password" {
    undo='redis ACL LOAD'
    redis ACL SETUSER scoreboardd resetpass ">another"
    redis CLIENT KILL USER scoreboardd
    retry 5 names Redis broken "WRONGPASS"
}

@test "fault: Redis may evict the boards" {
    undo='redis CONFIG SET maxmemory-policy noeviction'
    redis CONFIG SET maxmemory-policy allkeys-lru
    retry 5 names "Redis memory" late "allkeys-lru"
    run -1 ctl status
    [[ ${lines[0]} == "late: Redis memory: "* ]]
}

@test "fault: a lock that nobody gives back" {
    undo='redis DEL leaderboard:rebuild:lock'
    redis SET leaderboard:rebuild:lock somebody
    retry 5 names lock broken "held by somebody"
    redis PEXPIRE leaderboard:rebuild:lock 3600000
    retry 5 names lock broken "more than lock_ttl"
    ctl status --json | json_is '.lock.holder == "somebody" and .lock.ttl_ms > 3590000'
}

@test "fault: changes wait, and nobody rebuilds" {
    undo='redis DEL leaderboard:rebuild:lock'
    note_time
    redis SET leaderboard:rebuild:lock somebody PX 10000
    add_team
    retry 5 names_since outbox late "the oldest for"
    ctl status --json | json_is '.outbox >= 1 and .outbox_oldest_ms > 0'
}

@test "fault: the disk is full" {
    # To a writer it is the same: a file may not grow.
    undo="prlimit --pid $(stack pid daemon:1) --fsize=unlimited:"
    note_time
    prlimit --pid "$(stack pid daemon:1)" --fsize=0:
    add_team
    retry 5 names_since snapshot broken "not written"
}

@test "fault: lighttpd is down" {
    undo='stack start lighttpd:1'
    stack stop lighttpd:1
    retry 5 names lighttpd broken "no answer from $SB_URL"
}

@test "fault: the responders that read are down" {
    undo='stack start readers:1'
    stack stop readers:1
    retry 5 names boards broken "answered 50"
}

@test "fault: the responders that publish are down" {
    undo='stack start publishers:1'
    stack stop publishers:1
    retry 5 names "events call" broken "answered 50"
}

# A sanitizer's library wants to be the first that is loaded; the clock's is.
an_hour_ahead() { # COMMAND...
    FAKETIME_DONT_FAKE_MONOTONIC=1 ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 \
        faketime -f +1h "$@"
}

@test "fault: this host's clock is an hour off" {
    run -1 an_hour_ahead "${SB_BUILD:-$repository}/cli/scoreboardctl" -c "$SB_CONFIG" status
    [[ ${lines[0]} == "late: clocks: this host's is wrong"*"-3600.0 s"* ]]
}

@test "fault: PostgreSQL's clock is an hour off" {
    undo='stack restart postgres'
    an_hour_ahead "$repository/tests/stack" restart "$SB_STACK" postgres
    retry 5 names clocks late "PostgreSQL's is wrong"
    ctl status --json | json_is '.postgres_clock_ms > 3590000'
}
