#!/usr/bin/env bats
#
# Two competitions, each with its own password, on one PostgreSQL and one Redis: neither notices the other.
bats_require_minimum_version 1.5.0
load ../lib/stack

setup() {
    setup_stack
    beta=$SB_STACK/beta
    mkdir "$beta"
    add_beta
    start_daemon_beta
    start_sse alpha
    retry 10 alpha_is_ready
}

teardown() {
    local failed=0
    stop_daemon_beta || failed=1
    teardown_stack && ((failed == 0))
}

# As an administrator would: a user in Redis, a configuration, a migration.
add_beta() {
    rights_of_beta | redis >/dev/null
    echo beta-password >"$beta/redis.password"
    cat >"$beta/scoreboardd.conf" <<END
[scoreboard]
instance = beta
directory = $beta/snapshots
socket = $(dirname "$SB_REDIS_SOCKET")/beta.sock

[postgres]
conninfo = host=$PGHOST dbname=$PGDATABASE user=scoreboard_beta_daemon
platform_schema = beta

[redis]
socket = $SB_REDIS_SOCKET
user = beta
password_file = $beta/redis.password

[publish]
conninfo = host=$PGHOST dbname=$PGDATABASE user=scoreboard_beta_publisher
token_file = $beta/tokens
END
    mkdir "$beta/snapshots"
    sql 'CREATE SCHEMA beta'
    # shellcheck disable=SC2154  # lib/stack sets repository
    beta_ctl migrate --platform demo --sql-dir "$repository/sql"
}

# What docs/deploy.md grants, for this instance.
rights_of_beta() {
    # shellcheck disable=SC2154  # lib/stack sets repository
    sed -n 's/^ *ACL SETUSER scoreboardd /ACL SETUSER beta /p' "$repository/docs/deploy.md" |
        sed -e 's/>PASSWORD/>beta-password/' -e 's/ [~&]/&beta:/g'
}

start_daemon_beta() {
    "${SB_DAEMON:-$SB_BUILD/daemon/scoreboardd}" -c "$beta/scoreboardd.conf" \
        >"$SB_LOGS/beta.log" 2>&1 3>&- &
    echo $! >"$beta/pid"
    retry 10 beta_get /api/scoreboard/health
}

stop_daemon_beta() {
    [[ -e $beta/pid ]] || return 0
    kill "$(<"$beta/pid")"
    wait "$(<"$beta/pid")"
}

alpha_is_ready() { [[ -n $(last_event_id alpha) ]]; }
beta_ctl() { "$SB_BUILD/cli/scoreboardctl" -c "$beta/scoreboardd.conf" "$@"; }
beta_get() { curl -sSf --unix-socket "$(dirname "$SB_REDIS_SOCKET")/beta.sock" "http://beta$1"; }
beta_revision() { beta_get /api/scoreboard/health | jq .revision; }
beta_rebuilt_after() { (($(beta_revision) > $1)); }
beta_settled() {
    beta_get /api/scoreboard/health | json_is '.revision > 0 and (.dirty or .behind | not)'
}
beta_board() { zcat "$beta/snapshots/current/public/all/$1.json.gz"; }

@test "each competition has its own boards, notices, keys and events" {
    retry 10 beta_settled
    local alpha_before beta_before
    alpha_before=$(last_event_id alpha)
    beta_before=$(beta_revision)

    sql "INSERT INTO beta.users (username) VALUES ('of beta')"
    retry 10 beta_rebuilt_after "$beta_before"
    beta_board leaderboard | json_is '.entries[0].username == "of beta"'

    beta_before=$(beta_revision)
    redis publish beta:scoreboard.events '{"scope":"all","reason":"foreign"}'
    retry 10 beta_rebuilt_after "$beta_before"
    run ! wait_until 2 event_is_after alpha "$alpha_before"
    [[ $(get /api/leaderboard | jq '.entries | length') == 0 ]]

    retry 10 beta_settled
    beta_before=$(beta_revision)
    sql "INSERT INTO users (username) VALUES ('of alpha')"
    wait_for_event_after alpha "$alpha_before"
    get /api/leaderboard | json_is '.entries[0].username == "of alpha"'
    run ! wait_until 2 beta_rebuilt_after "$beta_before"
    beta_board leaderboard | json_is '.entries | length == 1'
}

@test "the rights in Redis that docs/deploy.md grants are all that is needed" {
    retry 10 beta_settled
    run -0 beta_ctl rebuild
    run -0 beta_ctl publish
    run -0 beta_ctl status
    run -0 redis acl log
    [[ -z $output ]]
}

@test "the keys of one are out of the other's reach" {
    retry 10 beta_settled
    run redis --user beta --pass beta-password hmget scoreboard:snapshot rev
    [[ $output == *NOPERM*key* ]]
    run redis --user scoreboardd --pass "$(<"$SB_STACK/etc/redis.password")" \
        hmget beta:scoreboard:snapshot rev
    [[ $output == *NOPERM*key* ]]
    run sql 'SELECT * FROM scoreboard.state' "user=scoreboard_beta_daemon"
    [[ $status != 0 && $output == *"permission denied"* ]]
}
