#!/usr/bin/env bats
#
# What changes a board writes the outbox, within the writer's own transaction, one row for each
# reason that it has; what no board shows writes nothing. All writes here are the platform's role's, which
# has rights on its own tables and on nothing of ours.
bats_require_minimum_version 1.5.0
load ../lib/database

setup_file() {
    setup_stack --nodes 0
    create_platform_role
    sql 'ALTER SYSTEM SET wal_level = logical'
    sql 'ALTER SYSTEM SET max_prepared_transactions = 5'
    stack restart postgres
    create_template
}

teardown_file() { teardown_stack; }

setup() { setup_database test_template; }
teardown() { teardown_database; }

@test "a right submission writes one row, and a wrong one none" {
    expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    expect none "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, false)"
    expect none "INSERT INTO submissions (user_id, challenge_id) VALUES (2, 2)"
}

@test "a submission that is judged anew, moved or removed writes a row when it is or was right" {
    expect submission_correct "UPDATE submissions SET correct = true WHERE id = 2"
    expect submission_changed "UPDATE submissions SET correct = false WHERE id = 2"
    expect submission_changed "UPDATE submissions SET user_id = 3 WHERE id = 1"
    expect submission_changed "UPDATE submissions SET challenge_id = 2 WHERE id = 1"
    expect submission_changed "UPDATE submissions SET submitted_at = submitted_at - interval '1 s' WHERE id = 1"
    expect submission_changed "DELETE FROM submissions WHERE id = 1"
    expect none "UPDATE submissions SET user_id = 3, challenge_id = 2, submitted_at = '2020-01-01' WHERE id = 2"
    expect none "DELETE FROM submissions WHERE id = 2"
}

@test "challenges write a row when they are or were active" {
    expect challenge_created "INSERT INTO challenges (title) VALUES ('new')"
    expect none "INSERT INTO challenges (title, is_active) VALUES ('new draft', false)"
    for change in "title = 'x'" "category = 'x'" "formula = 'static'" "points = 1" \
        "minimum_points = 1" "decay = 7"; do
        expect challenge_updated "UPDATE challenges SET $change WHERE id = 2"
    done
    expect challenge_deleted "UPDATE challenges SET is_active = false WHERE id = 2"
    expect challenge_created "UPDATE challenges SET is_active = true WHERE id = 2"
    expect challenge_updated "UPDATE challenges SET id = 50 WHERE id = 2"
    expect none "UPDATE challenges SET title = 'x', points = 1 WHERE id = 3"
    expect challenge_deleted "DELETE FROM challenges WHERE id = 50"
    expect none "DELETE FROM challenges WHERE id = 3"
}

@test "users write a row when they are or were neither admins nor blocked" {
    expect user_registered "INSERT INTO users (username) VALUES ('dan')"
    expect none "INSERT INTO users (username, role) VALUES ('boss', 'admin')"
    expect none "INSERT INTO users (username, is_blocked) VALUES ('bot', true)"
    for change in "username = 'x'" "team_id = 2" "team_id = NULL"; do
        expect user_updated "UPDATE users SET $change WHERE id = 3"
    done
    for change in "is_blocked = true" "role = 'admin'"; do
        expect user_deleted "UPDATE users SET $change WHERE id = 3"
        expect user_registered "UPDATE users SET is_blocked = false, role = 'user' WHERE id = 3"
    done
    expect user_updated "UPDATE users SET id = 50 WHERE username = 'dan'"
    expect none "UPDATE users SET username = 'x', team_id = 1 WHERE id = 4"
    expect user_deleted "DELETE FROM users WHERE id = 2"
    expect none "DELETE FROM users WHERE id = 4"
}

@test "teams and awards always write a row" {
    expect team_created "INSERT INTO teams (name) VALUES ('green')"
    expect team_updated "UPDATE teams SET name = 'purple' WHERE id = 2"
    expect team_deleted "DELETE FROM teams WHERE id = 2"
    expect award_changed "INSERT INTO awards (team_id, points) VALUES (1, -10)"
    expect award_changed "UPDATE awards SET points = 60 WHERE id = 1"
    expect award_changed "UPDATE awards SET user_id = 1 WHERE id = 1"
    expect award_changed "DELETE FROM awards WHERE id = 1"
}

@test "columns that no board shows write nothing, nor does an update that changes nothing" {
    expect none "UPDATE users SET password_hash = 'x', email = 'x@example.org', created_at = '2020-01-01'"
    expect none "UPDATE users SET role = 'author' WHERE id = 1"
    expect none "UPDATE challenges SET flag_hash = 'x', description = 'x', created_at = '2020-01-01'"
    expect none "UPDATE submissions SET provided = 'x', is_first_blood = true"
    expect none "UPDATE awards SET reason = 'x'"
    expect none "UPDATE teams SET created_at = '2020-01-01'"
    expect none "UPDATE users SET username = username, team_id = team_id, is_blocked = is_blocked"
    expect none "UPDATE submissions SET correct = correct, submitted_at = submitted_at"
}

@test "settings write a row, but for the mark of a disposable database" {
    sql "UPDATE scoreboard.settings SET starts_at = now()"
    sql "UPDATE scoreboard.settings SET tie_rule = 'reference'"
    [[ $(reasons) == "settings_changed settings_changed" ]]
    empty_outbox
    sql "UPDATE scoreboard.settings SET disposable = true"
    sql "UPDATE scoreboard.settings SET tie_rule = 'reference'"
    [[ $(reasons) == none ]]
}

@test "TRUNCATE of any table writes a row" {
    expect submission_changed "TRUNCATE submissions"
    expect award_changed "TRUNCATE awards"
    expect "challenge_deleted submission_changed" "TRUNCATE challenges, submissions"
    expect "user_deleted team_deleted submission_changed award_changed" \
        "TRUNCATE users, teams, submissions, awards"
}

@test "what a delete takes along by its foreign keys is noted, too" {
    expect "user_deleted submission_changed" "DELETE FROM users WHERE id = 1"
    expect "team_deleted user_updated" "DELETE FROM teams WHERE id = 1"
}

@test "COPY writes one row" {
    PGUSER=platform psql -qv ON_ERROR_STOP=1 \
        -c "COPY submissions (user_id, challenge_id, correct) FROM STDIN" \
        < <(for ((i = 0; i < 1000; i++)); do printf '1\t2\tt\n'; done)
    [[ $(reasons) == submission_correct ]]
}

@test "a transaction of 100,000 rows writes one row" {
    expect submission_correct "INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT 1 + i % 3, 1 + i % 2, true FROM generate_series(1, 100000) AS i"
}

@test "a transaction with different reasons writes one row for each; the next one its own" {
    expect "team_created submission_correct" "INSERT INTO teams (name) VALUES ('green');
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true);
        INSERT INTO teams (name) VALUES ('grey')"
    platform "INSERT INTO teams (name) VALUES ('black')"
    [[ $(reasons) == "team_created submission_correct team_created" ]]
}

@test "a transaction that is rolled back writes none" {
    platform "BEGIN; INSERT INTO teams (name) VALUES ('green'); ROLLBACK"
    [[ $(reasons) == none ]]
}

@test "a savepoint that is rolled back takes its row along, and the next change writes one" {
    expect team_created "BEGIN; SAVEPOINT s;
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true);
        ROLLBACK TO s; INSERT INTO teams (name) VALUES ('green'); COMMIT"
    expect none "BEGIN; SAVEPOINT s; INSERT INTO teams (name) VALUES ('gone'); ROLLBACK TO s; COMMIT"
}

@test "a savepoint that is rolled back leaves the row that was written before it, with its reason" {
    expect team_created "BEGIN; INSERT INTO teams (name) VALUES ('green'); SAVEPOINT s;
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true);
        ROLLBACK TO s; INSERT INTO teams (name) VALUES ('grey'); COMMIT"
    expect "team_created submission_correct" "BEGIN; INSERT INTO teams (name) VALUES ('black'); SAVEPOINT s;
        INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true);
        RELEASE s; INSERT INTO teams (name) VALUES ('white'); COMMIT"
}

@test "a row comes with COMMIT PREPARED" {
    platform "BEGIN; INSERT INTO teams (name) VALUES ('green'); PREPARE TRANSACTION '$PGDATABASE'"
    [[ $(reasons) == none ]]
    platform "COMMIT PREPARED '$PGDATABASE'"
    [[ $(reasons) == team_created ]]
}

@test "a transaction that is serializable writes its rows" {
    expect "team_created user_updated" "BEGIN ISOLATION LEVEL SERIALIZABLE; INSERT INTO teams (name) VALUES ('green');
        UPDATE users SET team_id = 2 WHERE id = 3; COMMIT"
}

@test "session_replication_role = replica does not silence the triggers" {
    sql "SET session_replication_role = replica;
         INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    [[ $(reasons) == submission_correct ]]
}

@test "what a logical subscription applies writes a row" {
    local publisher=${PGDATABASE}_publisher
    createdb -T "$PGDATABASE" "$publisher"
    sql "SELECT pg_create_logical_replication_slot('s', 'pgoutput')" -d "$publisher"
    sql "CREATE PUBLICATION p FOR TABLE teams, submissions" -d "$publisher"
    sql "CREATE SUBSCRIPTION s CONNECTION 'host=$PGHOST user=postgres dbname=$publisher'
         PUBLICATION p WITH (create_slot = false, copy_data = false)"
    empty_outbox
    sql "INSERT INTO submissions (id, user_id, challenge_id, correct) VALUES (77, 2, 2, true)" -d "$publisher"
    retry 20 has_reasons submission_correct
    sql "TRUNCATE submissions" -d "$publisher"
    retry 20 has_reasons "submission_correct submission_changed"
    sql "DROP SUBSCRIPTION s"
    dropdb "$publisher"
}
has_reasons() { [[ $(reasons) == "$1" ]]; }

@test "a mark that is stale, garbage or another transaction's hides nothing" {
    for mark in garbage '' '1 team_created ' ' team_created ' '9223372036854775807 team_created ' '%'; do
        expect team_created "SET scoreboard.noted = '$mark'; INSERT INTO teams (name) VALUES ('t $mark')"
    done
    expect team_created "SELECT set_config('scoreboard.noted', pg_current_xact_id() || ' x', true);
        INSERT INTO teams (name) VALUES ('green')"
}

@test "a writer's own tables and functions are not taken for ours or PostgreSQL's" {
    sql "GRANT CREATE, TEMPORARY ON DATABASE $PGDATABASE TO platform"
    platform "CREATE SCHEMA mine; GRANT USAGE ON SCHEMA mine TO PUBLIC;
        CREATE FUNCTION mine.current_setting(text, boolean) RETURNS text LANGUAGE plpgsql
        AS 'BEGIN RAISE EXCEPTION \$\$called as %\$\$, current_user; END'"
    expect team_created "CREATE TEMPORARY TABLE outbox (id bigint, reason text);
        SET search_path = mine, pg_temp, pg_catalog; INSERT INTO public.teams (name) VALUES ('green')"
}

@test "a row tells when the change was made, not when its transaction began" {
    platform "BEGIN; SELECT pg_sleep(0.2); INSERT INTO teams (name) VALUES ('green');
        INSERT INTO awards (user_id, awarded_at) VALUES (3, now()); COMMIT" >/dev/null
    [[ $(sql "SELECT bool_and(created_at >= awarded_at + interval '0.2 s') FROM scoreboard.outbox, awards WHERE awards.id = 2") == t ]]
}

@test "a transaction that commits later, though its row is older, is not lost to a rebuild" {
    open_session -U platform
    in_session "BEGIN; INSERT INTO teams (name) VALUES ('slow')"
    platform "INSERT INTO submissions (user_id, challenge_id, correct) VALUES (2, 2, true)"
    [[ $(PGUSER=scoreboard_daemon sql 'DELETE FROM scoreboard.outbox RETURNING reason') == submission_correct ]]
    in_session COMMIT
    [[ $(reasons) == team_created ]]
}
