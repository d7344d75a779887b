#!/usr/bin/env bats
#
# `scoreboardctl migrate` puts the scoreboard into a platform's database: what is missing, once, all
# or nothing, and without holding up those who use it.
# shellcheck disable=SC2030,SC2031  # each test has a shell of its own
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() {
    setup_stack --nodes 0
    create_platform_role
}

teardown_file() { teardown_stack; }
setup() { setup_database template1; }
teardown() { teardown_database; }

all_applied() { # PREFIX
    local file
    for file in "$SCOREBOARD_SQL_DIR"/[0-9]*.sql; do echo "applied $(basename "$file")"; done
}

@test "an empty database gets everything, and a second run finds nothing to do" {
    run -0 scoreboardctl migrate
    [[ $output == "$(all_applied)" ]]
    run -0 scoreboardctl migrate
    [[ $output == "nothing to do: scoreboard is up to date" ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

describe_tables() {
    pg_dump -s -t public.teams -t public.users -t public.challenges -t public.submissions |
        grep -vE 'scoreboard|^\\(un)?restrict|^--|^$'
}

@test "tables that the platform has stay as they are, and only the missing one is made" {
    create_older_platform
    describe_tables >"$BATS_TEST_TMPDIR/before"
    scoreboardctl migrate
    describe_tables | diff "$BATS_TEST_TMPDIR/before" -
    [[ $(sql 'SELECT name FROM scoreboard.teams') == old ]]
    [[ $(sql 'SELECT count(*) FROM awards') == 0 ]]
}

@test "null in a column that the platform has left open counts as its plain case" {
    create_older_platform
    scoreboardctl migrate
    grant_platform
    expect user_registered "INSERT INTO users VALUES (2, 'ben', NULL, NULL, NULL)"
    expect none "INSERT INTO challenges (id, title, is_active) VALUES (1, 'x', NULL)"
    [[ $(sql "SELECT name FROM scoreboard.users WHERE id = 2") == ben ]]
}

@test "of two runs at once one does the work and the other finds nothing to do" {
    scoreboardctl migrate >"$BATS_TEST_TMPDIR/1" 3>&- &
    scoreboardctl migrate >"$BATS_TEST_TMPDIR/2"
    wait $!
    run -0 sort "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    [[ $output == "$(all_applied)"$'\n'"nothing to do: scoreboard is up to date" ]]
}

@test "runs at once in four databases of a server get on over the roles they share" {
    local database pids=()
    write_config instance=race
    for database in "$PGDATABASE"{a,b,c,d}; do createdb "$database"; done
    for database in "$PGDATABASE"{a,b,c,d}; do
        scoreboardctl migrate --conninfo "dbname=$database" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for database in "$PGDATABASE"{a,b,c,d}; do dropdb "$database"; done
}

@test "while a transaction holds a table nobody waits behind migrate, which does its work in the end" {
    create_older_platform
    open_session
    in_session "BEGIN; UPDATE users SET last_seen = now()"
    scoreboardctl migrate >"$BATS_TEST_TMPDIR/out" 3>&- &
    local migrate=$! i
    retry 10 is_queueing
    for ((i = 0; i < 20; i++)); do
        write_promptly "INSERT INTO users (id, username) VALUES (100 + $i, 'x')"
        write_promptly "INSERT INTO teams (id, name) VALUES (100 + $i, 'x')"
    done
    kill -0 "$migrate"
    in_session COMMIT
    wait "$migrate"
    run -0 cat "$BATS_TEST_TMPDIR/out"
    [[ $output == "$(all_applied)" ]]
}

@test "a wait that is over names who holds the tables, and leaves nothing half done" {
    create_older_platform
    open_session
    in_session "SET application_name = 'slow import'; BEGIN; UPDATE users SET last_seen = now()"
    run -1 scoreboardctl migrate --wait 1
    [[ $output == *"in use by process"*"slow import, role postgres"*"--wait"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL") == t ]]
}

@test "an old transaction elsewhere delays the index alone, and the next run builds it" {
    scoreboardctl migrate
    sql "DROP INDEX scoreboard_solves"
    open_session
    in_session "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM teams"
    run -1 scoreboardctl migrate --wait 1
    [[ $output == *"the boards work"*"run migrate again"* ]]
    [[ $(sql 'SELECT what FROM scoreboard.missing') == "index public.scoreboard_solves" ]]
    in_session COMMIT
    run -0 scoreboardctl migrate
    [[ $output == "applied 06_index_concurrently.sql" ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "a run that fails half way leaves nothing behind" {
    cp -r "$SCOREBOARD_SQL_DIR" "$BATS_TEST_TMPDIR/sql"
    echo 'SELECT 1 / 0;' >>"$BATS_TEST_TMPDIR/sql/05_missing.sql"
    run -1 scoreboardctl migrate --sql-dir "$BATS_TEST_TMPDIR/sql"
    [[ $output == *"05_missing.sql"*"division by zero"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL AND to_regclass('teams') IS NULL") == t ]]
}

@test "a file that has changed is applied again, and no other" {
    scoreboardctl migrate
    cp -r "$SCOREBOARD_SQL_DIR" "$BATS_TEST_TMPDIR/sql"
    sed -i 's/WHERE is_active/WHERE is_active AND points > 0/' "$BATS_TEST_TMPDIR/sql/03_views.sql"
    run -0 scoreboardctl migrate --sql-dir "$BATS_TEST_TMPDIR/sql"
    [[ $output == "applied 03_views.sql" ]]
    [[ $(sql "SELECT pg_get_viewdef('scoreboard.challenges')") == *"points > 0"* ]]
}

# Breaks something; the view must name it, and migrate repair it by that file alone.
repairs() { # STATEMENTS WHAT FILE
    sql "$1"
    [[ $(sql 'SELECT what FROM scoreboard.missing ORDER BY what LIMIT 1') == "$2" ]]
    run -0 scoreboardctl migrate
    [[ $output == "applied $3" && $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "what has been taken away is named, and put back by the next run" {
    scoreboardctl migrate
    repairs "DROP TRIGGER scoreboard_accept ON submissions" \
        "trigger scoreboard_accept on public.submissions" 04_triggers.sql
    repairs "ALTER TABLE teams DISABLE TRIGGER scoreboard_insert" \
        "trigger scoreboard_insert on public.teams" 04_triggers.sql
    repairs "ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER ALL" \
        "trigger scoreboard_delete on public.users" 04_triggers.sql
    repairs "DROP VIEW scoreboard.awards" "view scoreboard.awards" 03_views.sql
    repairs "DROP INDEX scoreboard_solves" "index public.scoreboard_solves" 06_index_concurrently.sql
    repairs "DELETE FROM scoreboard.state" "the row of scoreboard.state" 01_schema.sql
    repairs "DELETE FROM scoreboard.settings" "the row of scoreboard.settings" 01_schema.sql
    repairs "DROP TABLE scoreboard.outbox" "table scoreboard.outbox" 01_schema.sql
}

@test "triggers that are put back ask for a rebuild, since nobody knows what was missed" {
    scoreboardctl migrate
    empty_outbox
    sql "DROP TRIGGER scoreboard_insert ON teams; INSERT INTO teams (name) VALUES ('unseen')"
    [[ $(reasons) == none ]]
    scoreboardctl migrate
    [[ $(reasons) == startup ]]
}

@test "a table that the platform makes anew gets its view, triggers and index again" {
    scoreboardctl migrate
    sql "ALTER TABLE submissions RENAME TO old; CREATE TABLE submissions (LIKE old INCLUDING ALL);
         DROP TABLE old CASCADE"
    scoreboardctl migrate
    grant_platform
    add_competition
    [[ $(sql 'SELECT count(*) FROM scoreboard.solves') == 1 ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "a dump that is restored elsewhere works at once" {
    local copy=${PGDATABASE}_copy
    scoreboardctl migrate
    grant_platform
    add_competition
    createdb "$copy"
    pg_dump | PGDATABASE=$copy psql -Xqv ON_ERROR_STOP=1 >/dev/null
    PGDATABASE=$copy run -0 scoreboardctl migrate
    [[ $output == "nothing to do: scoreboard is up to date" ]]
    PGDATABASE=$copy expect team_created "INSERT INTO teams (name) VALUES ('green')"
    dropdb "$copy"
}

@test "a restore that leaves the rights out is repaired" {
    local copy=${PGDATABASE}_copy
    scoreboardctl migrate
    createdb "$copy"
    pg_dump -x | PGDATABASE=$copy psql -Xqv ON_ERROR_STOP=1 >/dev/null
    export PGDATABASE=$copy
    run -0 scoreboardctl migrate
    [[ $output == "applied 01_schema.sql
applied 03_views.sql
applied 05_missing.sql" ]]
    PGUSER=scoreboard_daemon sql 'TABLE scoreboard.users; TABLE scoreboard.missing; DELETE FROM scoreboard.outbox'
    dropdb "$copy"
}

@test "--demo marks the database as disposable, once" {
    scoreboardctl migrate
    [[ $(sql 'SELECT disposable FROM scoreboard.settings') == f ]]
    run -0 scoreboardctl migrate --demo
    [[ $output == "marked the database as disposable"* ]]
    [[ $(sql 'SELECT disposable FROM scoreboard.settings') == t ]]
    run -0 scoreboardctl migrate --demo
    [[ $output == "nothing to do: scoreboard is up to date" ]]
}

@test "two instances share a database and do not notice each other" {
    scoreboardctl migrate
    sql "CREATE SCHEMA other"
    write_config instance=x postgres.platform_schema=other
    run -0 scoreboardctl migrate
    [[ $output == "$(all_applied)" ]]
    empty_outbox
    sql "DELETE FROM scoreboard_x.outbox; INSERT INTO other.teams (name) VALUES ('theirs')"
    [[ $(reasons) == none ]]
    [[ $(sql 'SELECT reason FROM scoreboard_x.outbox') == team_created ]]
    [[ $(sql 'SELECT count(*) FROM scoreboard.teams') == 0 ]]
    scoreboardctl detach
}

@test "two instances may show one platform" {
    scoreboardctl migrate
    write_config instance=x
    scoreboardctl migrate
    sql "DELETE FROM scoreboard_x.outbox"
    empty_outbox
    sql "INSERT INTO teams (name) VALUES ('ours')"
    [[ $(reasons) == team_created ]]
    [[ $(sql 'SELECT reason FROM scoreboard_x.outbox') == team_created ]]
    scoreboardctl detach
}

@test "a platform schema may have an odd name" {
    sql 'CREATE SCHEMA "My-Platform"'
    write_config instance= postgres.platform_schema=My-Platform
    scoreboardctl migrate
    sql "INSERT INTO \"My-Platform\".teams (name) VALUES ('red')"
    [[ $(sql 'SELECT name FROM scoreboard.teams') == red ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "an owner of the tables who may create roles needs to be no superuser" {
    sql "CREATE ROLE hoster LOGIN CREATEROLE"
    sql "ALTER DATABASE $PGDATABASE OWNER TO hoster"
    write_config instance=hosted
    run -0 scoreboardctl migrate --conninfo "user=hoster"
    [[ $output == "$(all_applied)" ]]
    run -0 scoreboardctl migrate --conninfo "user=hoster"
    [[ $output == "nothing to do: scoreboard_hosted is up to date" ]]
    sql "INSERT INTO teams (name) VALUES ('red')" -U hoster
    [[ $(sql 'SELECT count(*) FROM scoreboard_hosted.outbox') == 2 ]]
    scoreboardctl detach --conninfo "user=hoster"
    [[ $(sql "SELECT to_regrole('scoreboard_hosted_owner') IS NULL") == t ]]
    dropdb "$PGDATABASE"
    sql "DROP ROLE hoster" -d postgres
}

# The last line says what is wrong and what to do.
refuses() { # PATTERN ARGUMENTS of migrate...
    run -1 scoreboardctl migrate "${@:2}"
    # shellcheck disable=SC2053  # a pattern
    [[ ${lines[-1]} == $1 ]] && return
    echo "not like $1: $output" >&2
    return 1
}

@test "what cannot be done is said with what to do instead" {
    refuses '*database "nowhere" does not exist*--conninfo says where*' --conninfo dbname=nowhere
    refuses '*42501*: connect as a superuser*' --conninfo user=platform
    refuses '*No such file*--sql-dir says where*' --sql-dir /nowhere
    refuses '*--wait "soon" is not a whole number*' --wait soon
    write_config instance= postgres.platform_schema=nowhere
    refuses '*schema "nowhere" does not exist*platform_schema names*'
    write_config instance= 'postgres.platform_schema=x"; DROP TABLE y; --'
    refuses '*platform_schema * is not a schema*'
}

@test "a schema of that name that is somebody else's is left alone" {
    sql "CREATE SCHEMA scoreboard; CREATE TABLE scoreboard.precious ()"
    refuses "*schema scoreboard is not scoreboard_owner's*choose an instance*"
    [[ $(sql "SELECT to_regclass('scoreboard.precious') IS NOT NULL") == t ]]
}

@test "tables that are not the reference platform's are refused, by the column that lacks" {
    sql "CREATE TABLE users (id bigint PRIMARY KEY, nick text)"
    refuses '*column "username" * does not exist*sql/ must be written for them*'
}
