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

migrate() { scoreboardctl migrate --platform demo "$@"; }

all_done="migrated scoreboard: platform demo; all of it belongs to postgres
built index scoreboard_index_submissions"

# What a platform's function shows now.
shown() { # COLUMNS FUNCTION
    sql "SELECT $1 FROM scoreboard.$2('infinity')"
}

@test "an empty database gets the demo when it is asked for, and a second run finds nothing to do" {
    run -0 migrate
    [[ $output == "$all_done" ]]
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
    migrate
    describe_tables | diff "$BATS_TEST_TMPDIR/before" -
    [[ $(shown name teams) == old ]]
    [[ $(sql 'SELECT count(*) FROM awards') == 0 ]]
}

@test "null in a column that the platform has left open counts as its plain case" {
    create_older_platform
    migrate
    grant_platform
    expect user_registered "INSERT INTO users VALUES (2, 'ben', NULL, NULL, NULL)"
    expect none "INSERT INTO challenges (id, title, is_active) VALUES (1, 'x', NULL)"
    [[ $(sql "SELECT name FROM scoreboard.users('infinity') WHERE id = 2") == ben ]]
}

@test "of two runs at once one does the work and the other finds nothing to do" {
    migrate >"$BATS_TEST_TMPDIR/1" 3>&- &
    migrate >"$BATS_TEST_TMPDIR/2"
    wait $!
    run -0 sort -r "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    [[ $output == "nothing to do: scoreboard is up to date"$'\n'"$all_done" ]]
}

@test "runs at once in four databases of a server get on over the roles they share" {
    local database pids=()
    write_config instance=race
    for database in "$PGDATABASE"{a,b,c,d}; do createdb "$database"; done
    for database in "$PGDATABASE"{a,b,c,d}; do
        migrate --conninfo "dbname=$database" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for database in "$PGDATABASE"{a,b,c,d}; do dropdb "$database"; done
}

@test "while a transaction holds a table nobody waits behind migrate, which does its work in the end" {
    create_older_platform
    open_session
    in_session "BEGIN; UPDATE users SET last_seen = now()"
    migrate >"$BATS_TEST_TMPDIR/out" 3>&- &
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
    [[ $output == "$all_done" ]]
}

@test "a wait that is over names who holds the tables, and leaves nothing half done" {
    create_older_platform
    open_session
    in_session "SET application_name = 'slow import'; BEGIN; UPDATE users SET last_seen = now()"
    run -1 migrate --wait 1
    [[ $output == *"in use by process"*"slow import, role postgres"*"--wait"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL") == t ]]
}

@test "an old transaction elsewhere delays the index alone, and the next run builds it" {
    migrate
    sql "DROP INDEX scoreboard_index_submissions"
    open_session
    in_session "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM teams"
    run -1 scoreboardctl migrate --wait 1
    [[ $output == *"the boards work"*"run migrate again"* ]]
    [[ $(sql 'SELECT what FROM scoreboard.missing') == "index public.scoreboard_index_submissions" ]]
    in_session COMMIT
    run -0 scoreboardctl migrate
    [[ $output == "built index scoreboard_index_submissions" ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "a run that fails half way leaves nothing behind" {
    cp -r "$SCOREBOARD_SQL_DIR" "$BATS_TEST_TMPDIR/sql"
    echo 'SELECT 1 / 0;' >>"$BATS_TEST_TMPDIR/sql/missing.sql"
    run -1 migrate --sql-dir "$BATS_TEST_TMPDIR/sql"
    [[ $output == *"missing.sql"*"division by zero"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL AND to_regclass('teams') IS NULL") == t ]]
}

@test "a platform's file that fails is named with its line, and nothing is made" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    create_older_platform
    sed 's/SELECT id, name, NULL/SELECT id, nickname, NULL/' "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    run -1 scoreboardctl migrate --platform "$mine"
    [[ $output == *'mine.sql: define(teams): column "nickname" does not exist'* ]]
    sed '/^-- Before/i SELECT nickname;' "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    run -1 scoreboardctl migrate --platform "$mine"
    [[ $output == *"mine.sql: line $(grep -n nickname "$mine" | cut -d: -f1): "*'"nickname" does not exist'* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL AND to_regclass('awards') IS NULL") == t ]]
}

@test "a file of one's own is remembered, and a change of it applied" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    cp "$SCOREBOARD_SQL_DIR/platforms/demo.sql" "$mine"
    run -0 scoreboardctl migrate --platform "$mine"
    [[ $output == "migrated scoreboard: platform $mine; "* ]]
    sed -i 's/WHERE is_active/WHERE is_active AND points > 0/' "$mine"
    run -0 scoreboardctl migrate
    [[ $output == "migrated scoreboard: platform $mine; "* ]]
    sql "INSERT INTO challenges (title, points) VALUES ('free', 0), ('dear', 1)"
    [[ $(shown title challenges) == dear ]]
}

@test "a table that the file no longer watches is let go" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    migrate
    sed "/watch('awards'/d; /define('awards'/,/;/c SELECT {{schema}}.define('awards');" \
        "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    scoreboardctl migrate --platform "$mine"
    empty_outbox
    sql "INSERT INTO users (username) VALUES ('ann'); DELETE FROM scoreboard.outbox;
         INSERT INTO awards (user_id, points) VALUES (1, 1)"
    [[ $(reasons) == none ]]
    [[ $(sql "SELECT to_regproc('scoreboard_note_awards') IS NULL
              AND NOT has_column_privilege('scoreboard_daemon', 'awards', 'points', 'SELECT')") == t ]]
}

may_read_created_at() { sql "SELECT has_column_privilege('scoreboard_daemon', 'teams', 'created_at', 'SELECT')"; }

@test "a column that the file no longer names is out of the daemon's reach" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    sed "s/'{id, name}'/'{id, name, created_at}'/" \
        "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    scoreboardctl migrate --platform "$mine"
    [[ $(may_read_created_at) == t ]]
    migrate
    [[ $(may_read_created_at) == f ]]
}

@test "a file that would read other tables within the platform's transactions is refused" {
    local mine=$BATS_TEST_TMPDIR/mine.sql
    sed "s/shown => 'r.is_active'/shown => 'r.id IN (SELECT challenge_id FROM submissions)'/" \
        "$SCOREBOARD_SQL_DIR/platforms/demo.sql" >"$mine"
    run -1 scoreboardctl migrate --platform "$mine"
    [[ $output == *"watch(challenges): "*"of the row r alone"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL") == t ]]
}

@test "a platform is recognised by its tables; an unknown one is refused, and nothing made" {
    create_older_platform
    run -1 scoreboardctl migrate
    [[ $output == *'"public" has the tables of no platform that we know'*"demo: no awards."* ]]
    [[ $output == *"--platform NAME or FILE"* ]]
    [[ $(sql "SELECT to_regnamespace('scoreboard') IS NULL") == t ]]
    sql "CREATE TABLE awards (user_id int, team_id int, points int, awarded_at timestamptz)"
    run -0 scoreboardctl migrate
    [[ $output == "$all_done" ]]
}

# Breaks something; the view must name it, and migrate repair it.
repairs() { # STATEMENTS WHAT
    sql "$1"
    [[ $(sql 'SELECT what FROM scoreboard.missing ORDER BY what LIMIT 1') == "$2" ]]
    run -0 scoreboardctl migrate
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "what has been taken away is named, and put back by the next run" {
    migrate
    repairs "DROP TRIGGER scoreboard_note ON submissions" \
        "trigger scoreboard_note on public.submissions"
    repairs "ALTER TABLE teams DISABLE TRIGGER scoreboard_note" \
        "trigger scoreboard_note on public.teams"
    repairs "ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER ALL" \
        "trigger scoreboard_note on public.users"
    repairs "DROP FUNCTION scoreboard_note_users CASCADE" "trigger scoreboard_note on public.users"
    repairs "DROP FUNCTION scoreboard.awards" \
        'function scoreboard.awards (function scoreboard.awards(unknown) does not exist)'
    repairs "DROP INDEX scoreboard_index_submissions" "index public.scoreboard_index_submissions"
    repairs "REVOKE SELECT (points) ON awards FROM scoreboard_daemon" \
        "the right of scoreboard_daemon to read public.awards"
    repairs "DELETE FROM scoreboard.state" "the row of scoreboard.state"
    repairs "DELETE FROM scoreboard.settings" "the row of scoreboard.settings"
    repairs "DROP TABLE scoreboard.outbox" "table scoreboard.outbox"
}

@test "triggers that are put back ask for a rebuild, since nobody knows what was missed" {
    migrate
    empty_outbox
    sql "DROP TRIGGER scoreboard_note ON teams; INSERT INTO teams (name) VALUES ('unseen')"
    [[ $(reasons) == none ]]
    scoreboardctl migrate
    [[ $(reasons) == startup ]]
}

@test "--disposable marks the database, once" {
    migrate
    [[ $(sql 'SELECT disposable FROM scoreboard.settings') == f ]]
    run -0 scoreboardctl migrate --disposable
    [[ $output == "marked the database as disposable"* ]]
    [[ $(sql 'SELECT disposable FROM scoreboard.settings') == t ]]
    run -0 scoreboardctl migrate --disposable
    [[ $output == "nothing to do: scoreboard is up to date" ]]
}

@test "two instances share a database and do not notice each other" {
    migrate
    sql "CREATE SCHEMA other"
    write_config instance=x postgres.platform_schema=other
    run -0 migrate
    [[ $output == "${all_done//scoreboard/scoreboard_x}" ]]
    empty_outbox
    sql "DELETE FROM scoreboard_x.outbox; INSERT INTO other.teams (name) VALUES ('theirs')"
    [[ $(reasons) == none ]]
    [[ $(sql 'SELECT reason FROM scoreboard_x.outbox') == team_created ]]
    [[ $(shown 'count(*)' teams) == 0 ]]
    scoreboardctl detach
}

@test "two instances may show one platform" {
    migrate
    write_config instance=x
    migrate
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
    migrate
    sql "INSERT INTO \"My-Platform\".teams (name) VALUES ('red')"
    [[ $(shown name teams) == red ]]
    [[ $(sql 'TABLE scoreboard.missing') == '' ]]
}

@test "an owner of the tables who may create roles needs to be no superuser" {
    sql "CREATE ROLE hoster LOGIN CREATEROLE"
    sql "ALTER DATABASE $PGDATABASE OWNER TO hoster"
    write_config instance=hosted
    run -0 migrate --conninfo "user=hoster"
    [[ $output == "migrated scoreboard_hosted: platform demo; all of it belongs to hoster"* ]]
    run -0 scoreboardctl migrate --conninfo "user=hoster"
    [[ $output == "nothing to do: scoreboard_hosted is up to date" ]]
    sql "INSERT INTO teams (name) VALUES ('red')" -U hoster
    [[ $(sql 'SELECT count(*) FROM scoreboard_hosted.outbox') == 2 ]]
    scoreboardctl detach --conninfo "user=hoster"
    [[ $(sql "SELECT to_regrole('scoreboard_hosted_daemon') IS NULL") == t ]]
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

@test "a superuser's migration belongs to whoever owns the platform's tables" {
    sql "CREATE ROLE ctf LOGIN; CREATE SCHEMA ctf AUTHORIZATION ctf"
    write_config instance= postgres.platform_schema=ctf
    PGUSER=ctf PGOPTIONS='-c search_path=ctf' create_older_platform
    run -0 migrate
    [[ $output == *"; all of it belongs to ctf"* ]]
    [[ $(sql "SELECT count(*) FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid
              WHERE datname = current_database() AND refobjid <> 'ctf'::regrole AND deptype = 'o'") == 0 ]]
    PGUSER=ctf run -0 scoreboardctl migrate
    [[ $output == "nothing to do: scoreboard is up to date" ]]
    scoreboardctl detach
    dropdb "$PGDATABASE"
    sql "DROP ROLE ctf" -d postgres
}

@test "tables of several owners: all of ours belongs to who owns the most, and the rest is said" {
    sql "CREATE ROLE most; CREATE ROLE other; CREATE ROLE writer LOGIN"
    migrate
    scoreboardctl detach
    sql "ALTER TABLE users OWNER TO most; ALTER TABLE teams OWNER TO most;
         ALTER TABLE challenges OWNER TO most; ALTER TABLE submissions OWNER TO other;
         GRANT INSERT ON submissions TO writer"
    run -0 migrate
    [[ $output == *"belongs to most"*"tables belong to others, too: "*other* ]]
    [[ $(sql "SELECT pg_has_role('most', 'other', 'USAGE')") == f ]]
    sql "INSERT INTO users (username) VALUES ('ann'); INSERT INTO challenges (title) VALUES ('x')"
    empty_outbox
    sql "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 1, true)" -U writer
    [[ $(reasons) == submission_correct ]]
    PGUSER=scoreboard_daemon sql "SELECT FROM scoreboard.solves('infinity')"
    scoreboardctl detach
    dropdb "$PGDATABASE"
    sql "DROP ROLE most, other, writer" -d postgres
}

@test "an older release is replaced: its views, triggers and owner go, revision and settings stay" {
    migrate
    scoreboardctl detach
    create_old_layout
    run -0 scoreboardctl migrate
    [[ $output == "$all_done" && $(sql 'TABLE scoreboard.missing') == '' ]]
    [[ $(sql "SELECT rev, tie_rule, freezes_at = '2030-01-01' FROM scoreboard.state, scoreboard.competition()") == '4711|reference|t' ]]
    sql "UPDATE scoreboard.settings SET tie_rule = 'shared'"
    [[ $(sql "SELECT to_regrole('scoreboard_owner') IS NULL AND to_regclass('scoreboard_solves') IS NULL
              AND to_regclass('scoreboard.teams') IS NULL
              AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'scoreboard_insert')") == t ]]
}

@test "what cannot be done is said with what to do instead" {
    refuses '*database "nowhere" does not exist*--conninfo says where*' --conninfo dbname=nowhere
    refuses '*42501*: connect as a superuser*' --platform demo --conninfo user=platform
    refuses '*/platforms/none.sql: No such file*' --platform none
    refuses '*No such file*--sql-dir says where*' --sql-dir /nowhere
    refuses '*--wait "soon" is not a whole number*' --wait soon
    write_config instance= postgres.platform_schema=nowhere
    refuses '*schema "nowhere" *no platform that we know*platform_schema*'
    write_config instance= 'postgres.platform_schema=x"; DROP TABLE y; --'
    refuses '*platform_schema * is not a schema*'
}

@test "a schema of that name that is somebody else's is left alone" {
    sql "CREATE SCHEMA scoreboard; CREATE TABLE scoreboard.precious ();
         CREATE FUNCTION scoreboard.precious() RETURNS int LANGUAGE sql AS 'SELECT 1'"
    refuses "*schema scoreboard that is not ours*choose an instance*" --platform demo
    run -1 scoreboardctl detach
    [[ $(sql "SELECT scoreboard.precious() FROM (SELECT count(*) FROM scoreboard.precious) AS p") == 1 ]]
}

@test "tables that are not the file's are refused, by the column that lacks" {
    sql "CREATE TABLE users (id bigint PRIMARY KEY, nick text)"
    refuses '*table public.users has no column username, role*--platform says which file*' --platform demo
}
