# database: a database for each test, in the PostgreSQL that a file's tests share.
#
#   setup_file()    { setup_stack --nodes 0 && create_platform_role; }
#   setup()         { setup_database template1; } # PostgreSQL's own template, which is empty
#   teardown()      { teardown_database; }
#   teardown_file() { teardown_stack; }
#
# Roles belong to the whole server, so the tests of a file share them; the stack's own database has
# the default instance's, all the time.
# shellcheck shell=bash

# shellcheck source=tests/lib/stack.bash
source "$(dirname "${BASH_SOURCE[0]}")/stack.bash"

export SCOREBOARD_SQL_DIR=${SCOREBOARD_SQL_DIR:-$repository/sql}

setup_database() { # TEMPLATE
    export PGDATABASE=test${BATS_SUITE_TEST_NUMBER:-_template}
    createdb -T "$1"
    write_config instance=
}

# For setup_file: makes test_template, migrated and with a small competition.
create_template() {
    local PGDATABASE
    setup_database template1
    scoreboardctl migrate --platform demo
    grant_platform
    add_competition
    empty_outbox
}

teardown_database() {
    close_session
    dropdb --force --if-exists "$PGDATABASE"
}

write_config() { # KEY=VALUE of [scoreboard], or postgres.KEY=VALUE
    local setting
    SB_CONFIG=$SB_STACK/etc/$PGDATABASE.conf
    {
        echo '[scoreboard]'
        for setting in "$@"; do [[ $setting == postgres.* ]] || echo "$setting"; done
        echo '[postgres]'
        for setting in "$@"; do [[ $setting != postgres.* ]] || echo "${setting#postgres.}"; done
    } >"$SB_CONFIG"
}

scoreboardctl() {
    "${SB_BUILD:-$repository/build}/cli/scoreboardctl" -c "$SB_CONFIG" "$@"
}

# --- The platform: writes its own tables, and has never heard of us -------------------------------

create_platform_role() {
    sql 'CREATE ROLE platform LOGIN'
}

grant_platform() {
    sql 'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE
         ON teams, users, challenges, submissions, awards TO platform'
}

platform() { # STATEMENTS, all of one transaction
    PGUSER=platform sql "$@"
}

# A platform that was there before us: its own columns, types and constraints, and no awards.
create_older_platform() {
    sql "
        CREATE TABLE teams (id int PRIMARY KEY, name varchar(80) NOT NULL, motto text);
        CREATE TABLE users (id int PRIMARY KEY, username varchar(80), role text, is_blocked boolean,
            team_id int REFERENCES teams, last_seen timestamp NOT NULL DEFAULT now());
        CREATE TABLE challenges (id int PRIMARY KEY, title text, category text, formula text,
            points int, minimum_points int, decay int, is_active boolean, author text);
        CREATE TABLE submissions (id serial PRIMARY KEY, user_id int REFERENCES users,
            challenge_id int REFERENCES challenges, correct boolean, submitted_at timestamp DEFAULT now(),
            ip inet, UNIQUE (user_id, challenge_id));
        INSERT INTO teams VALUES (1, 'old', 'alea iacta est');
        INSERT INTO users VALUES (1, 'ann', 'user', false, 1)"
}

# A release of ours whose things, views among them, belonged to a role of their own; over the demo.
create_old_layout() {
    sql "CREATE ROLE scoreboard_owner; CREATE SCHEMA scoreboard AUTHORIZATION scoreboard_owner;
         SET ROLE scoreboard_owner;
         CREATE TABLE scoreboard.migrations (name text PRIMARY KEY);
         CREATE TABLE scoreboard.state (rev bigint NOT NULL);
         CREATE UNIQUE INDEX state_one_row ON scoreboard.state ((true));
         INSERT INTO scoreboard.state VALUES (4711);
         CREATE TABLE scoreboard.outbox (id bigint PRIMARY KEY, reason text);
         CREATE TABLE scoreboard.settings (starts_at timestamptz, freeze_at timestamptz, ends_at timestamptz,
             tie_rule text NOT NULL DEFAULT 'first_to_reach' CHECK (tie_rule IN ('first_to_reach', 'reference')),
             disposable boolean NOT NULL DEFAULT false);
         CREATE UNIQUE INDEX settings_one_row ON scoreboard.settings ((true));
         INSERT INTO scoreboard.settings (tie_rule, freeze_at) VALUES ('reference', '2030-01-01');
         CREATE FUNCTION scoreboard.write_outbox() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
         CREATE TRIGGER scoreboard_update AFTER UPDATE ON scoreboard.settings
             FOR EACH ROW EXECUTE FUNCTION scoreboard.write_outbox();
         RESET ROLE;
         GRANT SELECT (id, name) ON teams TO scoreboard_owner;
         CREATE VIEW scoreboard.teams AS SELECT id, name FROM teams;
         ALTER VIEW scoreboard.teams OWNER TO scoreboard_owner;
         CREATE TRIGGER scoreboard_insert AFTER INSERT ON teams
             FOR EACH ROW EXECUTE FUNCTION scoreboard.write_outbox();
         CREATE INDEX scoreboard_solves ON submissions (submitted_at) WHERE correct"
}

# Two users of one team, one alone and an admin; two challenges and a draft; a solve, a wrong
# submission and an award. Ids count from 1.
add_competition() {
    platform "
        INSERT INTO teams (name) VALUES ('red'), ('blue');
        INSERT INTO users (username, team_id) VALUES ('ann', 1), ('ben', 1), ('cyn', NULL);
        INSERT INTO users (username, role) VALUES ('root', 'admin');
        INSERT INTO challenges (title) VALUES ('pwn-101'), ('web-101');
        INSERT INTO challenges (title, is_active) VALUES ('draft', false);
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 1, true), (2, 1, false);
        INSERT INTO awards (user_id, points) VALUES (3, 50)"
}

# Runs statements that nothing may hold up: far sooner than the tests' own transactions end.
write_promptly() { # STATEMENTS
    PGOPTIONS='-c statement_timeout=5s' sql "$1"
}

# Whether migrate or detach stands in a table's queue just now.
is_queueing() {
    [[ $(sql "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
              WHERE NOT granted AND datname = current_database()
                  AND application_name = 'scoreboardctl'") != 0 ]]
}

# --- The outbox -----------------------------------------------------------------------------------

reasons_sql="SELECT coalesce(string_agg(reason, ' ' ORDER BY id), 'none') FROM scoreboard.outbox"

reasons() { # of all rows, in a line
    sql "$reasons_sql"
}

empty_outbox() {
    sql 'DELETE FROM scoreboard.outbox'
}

# Runs statements as the platform, in one transaction, and judges what the outbox then holds. All in
# one session, since there are many of these.
expect() { # REASONS STATEMENTS
    local found
    found=$(sql 'DELETE FROM scoreboard.outbox' -c 'SET SESSION AUTHORIZATION platform' -c "$2" \
        -c 'RESET SESSION AUTHORIZATION' -c "$reasons_sql") || return
    found=${found##*$'\n'}
    [[ $found == "$1" ]] && return
    echo "expected $1, found $found after: $2" >&2
    return 1
}

# --- A session that stays open, to hold a transaction while others work ---------------------------

open_session() { # PSQL ARGUMENTS...
    coproc SESSION { exec psql -XAtq -v ON_ERROR_STOP=1 "$@" 2>&1 3>&-; }
}

# Returns once the statements are done; their answer is in $answer.
in_session() { # STATEMENTS
    local line
    answer=''
    printf '%s;\n\\echo the-end\n' "$1" >&"${SESSION[1]}"
    while IFS= read -r line <&"${SESSION[0]}" && [[ $line != the-end ]]; do answer+=$line; done
    [[ $line == the-end ]] && return
    echo "the session ended: $answer" >&2
    return 1
}

# shellcheck disable=SC2154  # coproc sets SESSION_PID
close_session() {
    [[ -n ${SESSION_PID:-} ]] || return 0
    local pid=$SESSION_PID input=${SESSION[1]}
    exec {input}>&-
    wait "$pid" || true
}
