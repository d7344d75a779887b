#!/usr/bin/env bats
#
# While a competition runs, the platform's tables are altered, dropped and made anew: the boards are
# served all the time, `status` says what is wrong, and when the tables are well again, so are the boards.
# shellcheck disable=SC2016  # the variables are jq's
bats_require_minimum_version 1.5.0
load ../lib/stack

setup() { setup_stack --seed small; }
teardown() {
    [[ -z ${copys_daemon:-} ]] || kill "$copys_daemon"
    teardown_stack
}

# Prints what `status` complains about, of the database.
names() { # PATTERN
    local said
    said=$(ctl status) || true
    # shellcheck disable=SC2053  # a pattern
    [[ $said == $1 ]] || { echo "$said" && false; }
}

board_is_served() { get /api/leaderboard | json_is '.entries | length > 0'; }
leader_is() { get /api/leaderboard | json_is '.entries[0].username == $name' --arg name "$1"; }

# A new leader, by an award: whoever can be seen to lead has come all the way.
crown() { # NAME
    sql "WITH crowned AS (INSERT INTO users (username) VALUES ('$1') RETURNING id)
         INSERT INTO awards (user_id, points) SELECT id, 1000000 FROM crowned"
    retry 10 leader_is "$1"
    sql "DELETE FROM awards WHERE points = 1000000"
}

@test "a column is renamed and comes back" {
    crown before
    sql "ALTER TABLE users RENAME username TO nick"
    retry 5 names "*users.username*scoreboardctl migrate*"
    board_is_served
    sql "ALTER TABLE users RENAME nick TO username"
    crown after
}

@test "a column is dropped and made anew" {
    crown before
    sql 'ALTER TABLE users DROP username'
    retry 5 names "*users.username*scoreboardctl migrate*"
    sql "ALTER TABLE users ADD username text NOT NULL DEFAULT 'anonymous'"
    retry 30 leader_is anonymous
    crown after
}

@test "a table is dropped and comes back, with all its rows, in two transactions" {
    local before
    before=$(get /api/leaderboard | jq -c '[.entries[].score]')
    sql "CREATE TABLE kept AS TABLE submissions; DROP TABLE submissions"
    retry 5 names "*table public.submissions*"
    board_is_served
    sql "CREATE TABLE submissions (LIKE kept); INSERT INTO submissions TABLE kept; DROP TABLE kept"
    retry 10 boards_are "$before"
    crown after
    sql "INSERT INTO submissions (user_id, challenge_id, correct, submitted_at)
         SELECT users.id, challenges.id, true, now() FROM users, challenges WHERE username = 'after'"
    retry 10 leader_is after
}
boards_are() { [[ $(get /api/leaderboard | jq -c '[.entries[].score]') == "$1" ]]; }

@test "row level security stops no board that is there, and is named" {
    crown before
    sql "ALTER TABLE submissions ENABLE ROW LEVEL SECURITY; UPDATE users SET username = 'x' WHERE id = 1"
    retry 5 names "*row level security*BYPASSRLS*"
    retry 10 grep -q 'row-level security' "$SB_LOGS/daemon1.log"
    get /api/leaderboard | json_is '[.entries[].solves[]] | length > 0'
    sql "ALTER TABLE submissions DISABLE ROW LEVEL SECURITY"
    crown after
}

# A copy of the database, and a configuration that differs in nothing else than it must.
make_copy() { # CONFIGURATION
    createdb copy
    pg_dump | psql -1Xqv ON_ERROR_STOP=1 -d copy >/dev/null
    sed -e "s/dbname=$PGDATABASE/dbname=copy/" -e "s|^directory = .*|directory = $BATS_TEST_TMPDIR/copy|" \
        -e "s|^socket = .*/scoreboardd.sock|socket = $(dirname "$SB_REDIS_SOCKET")/copy.sock|" \
        "$SB_CONFIG" >"$1"
}

@test "a copy that is served with the names of the original in Redis takes nothing of it, and gives nothing" {
    local config=$BATS_TEST_TMPDIR/copy.conf before
    make_copy "$config"
    sql "UPDATE users SET username = 'of the copy'" -d copy
    retry 20 is_settled
    before=$(sql 'SELECT rev FROM scoreboard.state')
    "${SB_DAEMON:-$SB_BUILD/daemon/scoreboardd}" -c "$config" >"$SB_LOGS/copy.log" 2>&1 3>&- &
    copys_daemon=$!
    retry 20 copy_has_its_own_boards
    [[ $(redis HGET scoreboard:snapshot rev) == "$before" ]]
    [[ $(sql 'SELECT rev FROM scoreboard.state') == "$before" ]]
}
is_settled() { get /api/scoreboard/health | json_is '.revision > 0 and (.dirty or .behind | not)'; }
copy_has_its_own_boards() {
    zcat "$BATS_TEST_TMPDIR/copy/current/public/all/leaderboard.json.gz" | grep -q 'of the copy'
}

@test "what is to be done after a restore is said" {
    local config=$BATS_TEST_TMPDIR/copy.conf said
    make_copy "$config"
    said=$(SB_CONFIG=$config ctl status) || true
    [[ $said == *"identity of this database, which is a copy or was restored"*"scoreboardctl migrate"* ]]
    # shellcheck disable=SC2154  # lib/stack sets repository
    SB_CONFIG=$config ctl migrate --sql-dir "$repository/sql" --conninfo dbname=copy
    said=$(SB_CONFIG=$config ctl status) || true
    [[ $said != *"identity of this database"* ]]
}
