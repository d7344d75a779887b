#!/usr/bin/env bats
#
# The owner of a platform's tables, who has never heard of us, does with them what owners do: nothing
# is refused, nothing is lost, and what it breaks for us is named, and mended where that can be.
# shellcheck disable=SC2030,SC2031  # each test has a shell of its own
# shellcheck disable=SC2154  # lib/database sets answer
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() {
    setup_stack --nodes 0
    sql 'ALTER SYSTEM SET wal_level = logical'
    stack restart postgres
    create_platform_role
    sql 'CREATE ROLE ctf LOGIN'
}

teardown_file() { teardown_stack; }

# A competition whose tables belong to a role of its own, migrated by the superuser.
setup() {
    export PGDATABASE=way$BATS_SUITE_TEST_NUMBER
    copy=${PGDATABASE}_copy
    createdb -T template1 -O ctf "$PGDATABASE"
    write_config instance=
    scoreboardctl migrate --platform demo
    sql 'REVOKE ALL ON ALL TABLES IN SCHEMA scoreboard FROM postgres' # a superuser, whatever happens
    PGUSER=ctf grant_platform
    add_competition
    empty_outbox
}

teardown() {
    close_session
    dropdb --force --if-exists "$copy"
    teardown_database
}

owner() { # STATEMENTS, all of one transaction
    PGUSER=ctf sql "$1"
}

missing() { sql 'SELECT what FROM scoreboard.missing ORDER BY what' "${1:-$PGDATABASE}"; }
mend() { PGUSER=scoreboard_daemon sql 'SELECT scoreboard.mend()' "${1:-$PGDATABASE}"; }

# As a restore does it: one error, and nothing is there.
restore() { # DATABASE, of a plain dump on standard input
    PGUSER=ctf psql -1Xqv ON_ERROR_STOP=1 -d "$1" >/dev/null
}

solve() { # [DATABASE]
    sql "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)" -U platform -d "${1:-$PGDATABASE}"
}

@test "all of ours belongs to the owner of the tables" {
    run sql "SELECT DISTINCT refobjid::regrole FROM pg_shdepend JOIN pg_database ON pg_database.oid = dbid
             WHERE datname = current_database() AND deptype = 'o'"
    [[ $output == ctf ]]
}

# --- Dump and restore -----------------------------------------------------------------------------

@test "the owner dumps all, restores it in one transaction elsewhere, and has a scoreboard of its own" {
    createdb -T template1 -O ctf "$copy"
    PGUSER=ctf pg_dump | restore "$copy"
    [[ $(missing "$copy") == "the identity of this database, which is a copy or was restored" ]]
    [[ $(mend "$copy") == "the identity of this database, which is a copy or was restored" ]]
    [[ $(missing "$copy") == '' ]]
    [[ $(sql 'SELECT database_id FROM scoreboard.state') != "$(sql 'SELECT database_id FROM scoreboard.state' -d "$copy")" ]]
    PGDATABASE=$copy expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    [[ $(missing) == '' ]]
}

@test "a database that is copied as a template becomes another one" {
    createdb -T "$PGDATABASE" "$copy"
    [[ $(sql 'SELECT scoreboard.fingerprint()' -d "$copy") != "$(sql 'SELECT scoreboard.fingerprint()')" ]]
    [[ $(mend "$copy") == "the identity of this database"* ]]
    [[ $(mend) == '' ]]
}

@test "the owner dumps without our schema, and the platform works elsewhere as if we had never been" {
    createdb -T template1 -O ctf "$copy"
    PGUSER=ctf pg_dump -N scoreboard | restore "$copy"
    solve "$copy"
    sql "UPDATE users SET username = 'x'; DELETE FROM awards; TRUNCATE submissions" -d "$copy" -U platform
    PGUSER=ctf sql "ALTER TABLE users DROP COLUMN is_blocked; DROP TABLE awards" -d "$copy"
}

@test "a dump without rights is repaired by migrate" {
    createdb -T template1 -O ctf "$copy"
    PGUSER=ctf pg_dump -x | restore "$copy"
    export PGDATABASE=$copy
    [[ $(missing) == *"the right of scoreboard_daemon"* ]]
    scoreboardctl migrate
    [[ $(missing) == '' ]]
    PGUSER=scoreboard_daemon sql "SELECT FROM scoreboard.users('infinity'); TABLE scoreboard.missing" >/dev/null
}

@test "pg_restore --clean replaces the platform's tables, of a dump from before us too, and mend does the rest" {
    local dump=$BATS_TEST_TMPDIR/dump
    PGUSER=ctf pg_dump -Fc >"$dump.with"
    PGUSER=ctf pg_dump -Fc -N scoreboard >"$dump.without"
    scoreboardctl detach
    PGUSER=ctf pg_dump -Fc >"$dump.before"
    scoreboardctl migrate
    for kind in before without with; do
        PGUSER=ctf pg_restore --clean --if-exists -1 -d "$PGDATABASE" "$dump.$kind"
        mend >/dev/null
        run missing
        [[ $output == '' || $output == "index public.scoreboard_index_submissions" ]]
        expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
        scoreboardctl migrate
        [[ $(missing) == '' ]]
    done
}

# --- Tables and columns ---------------------------------------------------------------------------

# One transaction of the owner's, which takes it back.
try() { # STATEMENTS
    owner "BEGIN; SET LOCAL client_min_messages = warning; $1; ROLLBACK"
}

@test "any column of any table is renamed, dropped and given another type, and nobody's writing fails" {
    local column table
    for column in submissions.{user_id,challenge_id,correct,submitted_at} \
        challenges.{id,title,category,formula,points,minimum_points,decay,is_active} \
        users.{id,username,role,is_blocked,team_id} teams.{id,name} awards.{user_id,team_id,points,awarded_at}; do
        table=${column%.*} column=${column#*.}
        try "ALTER TABLE $table RENAME $column TO other; DELETE FROM $table"
        try "ALTER TABLE $table DROP COLUMN $column CASCADE; DELETE FROM $table"
        [[ $column == id ]] || try "ALTER TABLE $table ALTER $column DROP IDENTITY IF EXISTS, ALTER $column DROP DEFAULT;
            ALTER TABLE $table DROP CONSTRAINT IF EXISTS ${table}_${column}_fkey,
                DROP CONSTRAINT IF EXISTS challenges_formula_check;
            ALTER TABLE $table ALTER $column TYPE text USING $column::text; UPDATE $table SET id = id;
            DELETE FROM $table"
    done
}

@test "a boolean becomes a number, and the index stays in nobody's way" {
    owner "ALTER TABLE submissions ALTER correct DROP DEFAULT, ALTER correct TYPE int USING correct::int"
    [[ $(missing) == *"function scoreboard.solves ("*boolean* ]]
}

@test "while a column is gone every change is noted, and the column named" {
    owner "ALTER TABLE users RENAME is_blocked TO banned"
    expect user_updated "UPDATE users SET email = 'x'"
    run missing
    [[ ${lines[0]} == "column public.users.is_blocked" ]]
    [[ ${lines[1]} == 'function scoreboard.users (column "is_blocked" does not exist)' ]]
    run -1 scoreboardctl migrate
    [[ $output == *"has no column is_blocked"* ]]
    owner "ALTER TABLE users RENAME banned TO is_blocked"
    [[ $(missing) == '' ]]
    expect none "UPDATE users SET email = 'y'"
}

@test "a table is dropped and made anew: named while it is gone, mended when it is back" {
    owner "ALTER TABLE submissions RENAME TO old"
    [[ $(missing) == *"table public.submissions"* ]]
    platform "INSERT INTO old (user_id, challenge_id, correct) VALUES (2, 2, true)"
    [[ $(mend) == '' ]]
    owner "CREATE TABLE submissions (LIKE old INCLUDING ALL); DROP TABLE old"
    [[ $(missing) == *"trigger scoreboard_note on public.submissions"* ]]
    [[ $(mend) == "trigger scoreboard_note on public.submissions" ]]
    [[ $(missing) == "index public.scoreboard_index_submissions" ]]
    owner "GRANT INSERT ON submissions TO platform"
    expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    scoreboardctl migrate
    [[ $(missing) == '' ]]
}

@test "all tables of the platform are dropped, and it starts anew" {
    owner "DROP TABLE submissions, awards, users, teams, challenges"
    [[ $(missing | grep -c '^table public') == 5 ]]
    run -0 scoreboardctl migrate
    PGUSER=ctf grant_platform
    [[ $(missing) == '' ]]
    add_competition
}

@test "a table becomes a partitioned one, and a partition is truncated, attached and detached" {
    local before
    owner "ALTER TABLE submissions RENAME TO old;
        CREATE TABLE submissions (LIKE old INCLUDING DEFAULTS INCLUDING IDENTITY) PARTITION BY RANGE (submitted_at);
        CREATE TABLE early PARTITION OF submissions FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
        CREATE TABLE late PARTITION OF submissions FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
        INSERT INTO submissions OVERRIDING SYSTEM VALUE SELECT * FROM old; DROP TABLE old;
        GRANT INSERT ON submissions TO platform"
    mend >/dev/null
    [[ $(missing) == '' ]]
    scoreboardctl migrate
    expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    for change in "TRUNCATE late" "ALTER TABLE submissions DETACH PARTITION late" \
        "ALTER TABLE submissions ATTACH PARTITION late FOR VALUES FROM ('2020-01-01') TO (MAXVALUE)"; do
        before=$(sql 'SELECT scoreboard.fingerprint()')
        owner "$change"
        [[ $(sql 'SELECT scoreboard.fingerprint()') != "$before" ]]
    done
    expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    scoreboardctl detach
    scoreboardctl migrate
}

@test "the old table becomes a partition of the new one" {
    owner "ALTER TABLE submissions RENAME TO old;
        CREATE TABLE submissions (LIKE old INCLUDING DEFAULTS) PARTITION BY RANGE (submitted_at);
        GRANT INSERT ON submissions TO platform"
    [[ $(mend) == "trigger scoreboard_note on public.submissions" ]]
    owner "ALTER TABLE submissions ATTACH PARTITION old DEFAULT"
    [[ $(missing) == '' ]]
    expect submission_correct "INSERT INTO submissions (id, user_id, challenge_id, correct) VALUES (9, 2, 2, true)"
    owner "ALTER TABLE submissions DETACH PARTITION old; ALTER TABLE submissions ATTACH PARTITION old DEFAULT"
    scoreboardctl detach
    [[ $(sql "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'scoreboard%'") == 0 ]]
    scoreboardctl migrate --platform demo
}

@test "a table of ours whose triggers were enabled by a restore works on" {
    sql "SET client_min_messages = error; ALTER TABLE scoreboard.state DISABLE TRIGGER ALL;
         ALTER TABLE scoreboard.state ENABLE TRIGGER ALL; ALTER TABLE scoreboard.outbox ENABLE TRIGGER ALL"
    [[ $(sql "UPDATE scoreboard.state SET rev = 4711 RETURNING rev") == 4711 ]]
    expect team_created "INSERT INTO teams (name) VALUES ('green')"
    [[ $(sql "DELETE FROM scoreboard.outbox RETURNING reason") == team_created ]]
}

@test "the tables get another owner, and ours follows with the next migrate" {
    sql "CREATE ROLE heir LOGIN; ALTER TABLE teams OWNER TO heir; ALTER TABLE users OWNER TO heir;
         ALTER TABLE challenges OWNER TO heir; ALTER TABLE submissions OWNER TO heir; ALTER TABLE awards OWNER TO heir"
    expect team_created "INSERT INTO teams (name) VALUES ('green')"
    cp -r "$SCOREBOARD_SQL_DIR" "$BATS_TEST_TMPDIR/sql"
    echo '-- changed' >>"$BATS_TEST_TMPDIR/sql/missing.sql"
    run -0 scoreboardctl migrate --sql-dir "$BATS_TEST_TMPDIR/sql"
    [[ $output == *"belongs to heir" && $(missing) == '' ]]
    expect team_created "INSERT INTO teams (name) VALUES ('grey')"
    PGUSER=heir pg_dump >/dev/null
    sql "SET client_min_messages = warning; DROP OWNED BY heir CASCADE; DROP ROLE heir"
}

@test "a table that is rewritten behind a snapshot's back is told" {
    open_session
    in_session "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT scoreboard.rewritten() IS NULL"
    [[ $answer == t ]]
    owner "INSERT INTO teams (name) VALUES ('no rewrite'); ALTER TABLE submissions ADD COLUMN r float8 DEFAULT random()"
    in_session "SELECT scoreboard.rewritten()"
    [[ $answer == submissions ]]
    in_session "ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT scoreboard.rewritten() IS NULL"
    [[ $answer == t ]]
    owner "DROP TABLE awards"
    in_session "SELECT scoreboard.rewritten()"
    [[ $answer == awards ]]
}

@test "a fingerprint changes with every rewrite, and with nothing else" {
    local before after
    before=$(sql 'SELECT scoreboard.fingerprint()')
    platform "INSERT INTO teams (name) VALUES ('x'); DELETE FROM awards"
    sql "VACUUM ANALYZE" -c "UPDATE scoreboard.settings SET name = 'x'"
    [[ $(sql 'SELECT scoreboard.fingerprint()') == "$before" ]]
    for change in "TRUNCATE awards" "ALTER TABLE awards ALTER points TYPE bigint" "CLUSTER awards USING awards_pkey" \
        "DROP TABLE awards" "CREATE TABLE awards (user_id int, team_id int, points int, awarded_at timestamptz)"; do
        owner "$change"
        after=$(sql 'SELECT scoreboard.fingerprint()')
        [[ $after != "$before" ]]
        before=$after
    done
}

@test "truncate and reload in one transaction is noted" {
    expect "submission_changed submission_correct" "BEGIN; TRUNCATE submissions;
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 1, true), (2, 2, true); COMMIT"
}

@test "row level security is named with what helps" {
    owner "ALTER TABLE submissions ENABLE ROW LEVEL SECURITY"
    [[ $(missing) == *"row level security of public.submissions (ALTER ROLE scoreboard_daemon BYPASSRLS)"* ]]
    sql "ALTER ROLE scoreboard_daemon BYPASSRLS"
    run missing
    sql "ALTER ROLE scoreboard_daemon NOBYPASSRLS"
    [[ $output == '' ]]
}

# --- Replication ----------------------------------------------------------------------------------

# Waits until every table has been copied, and nothing is left to apply.
is_in_step() {
    [[ $(sql "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate <> 'r'" -d "$copy") == 0 &&
    $(sql "SELECT confirmed_flush_lsn >= pg_current_wal_lsn() FROM pg_replication_slots") == t ]]
}
has_reason() { [[ $(PGDATABASE=$copy reasons) == *"$1"* ]]; }

@test "a publication FOR ALL TABLES stops nothing, and a subscriber of all tables keeps its own corner" {
    local ours
    sql "CREATE PUBLICATION everything FOR ALL TABLES"
    sql "UPDATE scoreboard.state SET rev = rev + 1; UPDATE scoreboard.settings SET name = 'publisher';
         DELETE FROM scoreboard.outbox"
    createdb -T template1 -O ctf "$copy"
    PGDATABASE=$copy scoreboardctl migrate --platform demo
    sql "UPDATE scoreboard.settings SET name = 'subscriber'; DELETE FROM scoreboard.outbox" -d "$copy"
    ours=$(sql "SELECT rev, database_id FROM scoreboard.state" -d "$copy")

    sql "SELECT pg_create_logical_replication_slot('way', 'pgoutput')" >/dev/null
    sql "CREATE SUBSCRIPTION way CONNECTION 'host=$PGHOST user=postgres dbname=$PGDATABASE'
         PUBLICATION everything WITH (create_slot = false)" -d "$copy"
    retry 30 is_in_step
    sql "UPDATE scoreboard.state SET rev = rev + 1; UPDATE scoreboard.settings SET name = 'again'"
    sql "DELETE FROM scoreboard.outbox; INSERT INTO scoreboard.outbox (reason) VALUES ('publishers_own')"
    PGDATABASE=$copy empty_outbox
    solve
    retry 30 has_reason submission_correct
    retry 30 is_in_step
    [[ $(sql "SELECT rev, database_id FROM scoreboard.state" -d "$copy") == "$ours" ]]
    [[ $(sql "SELECT name FROM scoreboard.settings" -d "$copy") == subscriber ]]
    [[ $(PGDATABASE=$copy reasons) == submission_correct ]]
    [[ $(sql "SELECT count(*) FROM submissions" -d "$copy") == 3 ]]
    sql "DROP SUBSCRIPTION way" -d "$copy"
}

# --- Transactions ---------------------------------------------------------------------------------

# Commits transactions of two reasons and prints the errors.
load_serializable() { # SEED
    local i
    for ((i = 0; i < 150; i++)); do
        echo "BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO teams (name) VALUES ('$1 $i');
              INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 2, true); COMMIT;"
    done | PGUSER=platform psql -Xq 2>&1
}

@test "no serializable transaction fails because of us, while rebuilds go on" {
    local i pids=()
    for i in 1 2 3 4; do
        load_serializable "$i" >"$BATS_TEST_TMPDIR/errors$i" 3>&- &
        pids+=($!)
    done
    while [[ -n $(jobs -rp) ]]; do
        PGUSER=scoreboard_daemon sql "BEGIN ISOLATION LEVEL REPEATABLE READ;
            SELECT count(*) FROM scoreboard.solves('infinity'); UPDATE scoreboard.state SET rev = rev + 1;
            DELETE FROM scoreboard.outbox; COMMIT" >/dev/null
    done
    wait "${pids[@]}"
    cat "$BATS_TEST_TMPDIR"/errors*
    [[ -z $(cat "$BATS_TEST_TMPDIR"/errors*) ]]
    [[ $(sql 'SELECT count(*) FROM teams') == 602 ]]
}

@test "who may only insert submissions can add rows to the outbox, and hold up nobody" {
    sql "CREATE ROLE player LOGIN"
    owner "GRANT INSERT ON submissions TO player"
    open_session -U player
    in_session "BEGIN; SELECT set_config('scoreboard.noted', pg_current_xact_id() || ' x 1 ', true) <> ''"
    in_session "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 2, true)"
    in_session "SET scoreboard.noted = '1 submission_correct '"
    in_session "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (1, 2, true)"
    sql "BEGIN; SET LOCAL lock_timeout = '1s'; UPDATE scoreboard.state SET rev = rev + 1;
         DELETE FROM scoreboard.outbox; COMMIT" -U scoreboard_daemon
    in_session COMMIT
    [[ $(reasons) == *submission_correct* ]]
    close_session
    owner "REVOKE ALL ON submissions FROM player"
    sql "DROP ROLE player"
}

@test "an outbox that somebody holds delays a writer for a moment, and fails nothing" {
    open_session
    in_session "BEGIN; LOCK TABLE scoreboard.outbox IN ACCESS EXCLUSIVE MODE"
    PGOPTIONS='-c statement_timeout=5s' platform "INSERT INTO teams (name) VALUES ('green')"
    in_session ROLLBACK
    [[ $(sql "SELECT count(*) FROM teams WHERE name = 'green'") == 1 ]]
}

@test "our schema is dropped by the owner, and the platform writes on; migrate makes it anew" {
    owner "SET client_min_messages = warning; DROP SCHEMA scoreboard CASCADE"
    solve
    owner "UPDATE users SET username = 'x'; TRUNCATE awards"
    scoreboardctl migrate
    [[ $(missing) == '' ]]
}

@test "mending waits for nobody longer than a moment, however many tables are busy" {
    local began
    owner "SET client_min_messages = warning; DROP FUNCTION scoreboard_note_teams, scoreboard_note_users,
        scoreboard_note_submissions, scoreboard_note_awards, scoreboard_note_challenges CASCADE"
    open_session
    in_session "BEGIN; UPDATE users SET email = 'x'; UPDATE teams SET created_at = now();
        UPDATE submissions SET provided = 'x'"
    began=${EPOCHREALTIME/./}
    mend >/dev/null
    ((${EPOCHREALTIME/./} - began < 5000000)) # they are busy until COMMIT
    [[ $(missing) == *"trigger scoreboard_note on public."* ]]
    in_session COMMIT
    mend >/dev/null
    [[ $(missing) == '' ]]
}
