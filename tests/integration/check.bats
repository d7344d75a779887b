#!/usr/bin/env bats
#
# `scoreboardctl check` names each mistake that a platform's functions can hold, in plain words.
# shellcheck disable=SC2030,SC2031  # bats runs each test in a subshell
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() { setup_stack; }
teardown_file() { teardown_stack; }

# Two teams, four users, two challenges, no mistake in them.
setup() {
    psql -XAtq -v seed=4 -v tie_rule=shared -f "$BATS_TEST_DIRNAME/../lib/contract.sql"
    sql "TRUNCATE contest.competition, contest.divisions, contest.challenges, contest.teams, contest.users,
            contest.solves, contest.awards;
        INSERT INTO contest.competition VALUES ('Cup', '2026-01-24 10:00Z', NULL, '2026-01-24 20:00Z', true, 'shared');
        INSERT INTO contest.divisions VALUES (1, 'students');
        INSERT INTO contest.challenges VALUES (1, 'one', 'misc', 'static', 100, 0, NULL, true),
            (2, 'two', 'misc', 'dynamic', 500, 100, 10, true);
        INSERT INTO contest.teams VALUES (1, 'reds', 1, NULL), (2, 'blues', NULL, NULL);
        INSERT INTO contest.users VALUES (1, 'ann', 1, 1, NULL), (2, 'bob', 1, NULL, NULL), (3, 'cid', 2, NULL, NULL),
            (4, 'eve', NULL, NULL, NULL);
        INSERT INTO contest.solves VALUES (1, NULL, 1, '2026-01-24 12:00Z', NULL), (3, 2, 1, '2026-01-24 13:00Z', NULL);
        INSERT INTO contest.awards VALUES (4, NULL, 50, '2026-01-24 12:00Z')"
}

@test "of functions without a mistake it shows the boards, and how long each takes to read" {
    run -0 ctl check
    [[ $output != *WRONG* && $output != *note* ]]
    [[ $output == *'read as scoreboard_daemon'* ]]
    [[ $output =~ 'solves(): 2 rows in '[0-9.]+' ms' ]]
    [[ $output =~ ' 1 '+'100 '+'1 '+'2026-01-24T12:00:00Z '+reds.*' 1 '+'100 '+'1 '+'2026-01-24T13:00:00Z '+blues ]]
}

# Rows that stop the boards, or falsify them.
wrong() { # STATEMENT, WORDS
    sql "$1"
    run -1 ctl check
    grep -E "^WRONG $2" <<<"$output" || {
        echo "after: $1"
        echo "$output"
        return 1
    }
    setup
}

remarked() { # STATEMENT, WORDS
    sql "$1"
    run -0 ctl check
    grep -E "^note  $2" <<<"$output" || {
        echo "after: $1"
        echo "$output"
        return 1
    }
    setup
}

@test "each kind of wrong row is named, with one of them" {
    wrong 'TRUNCATE contest.competition' 'competition\(\): gives 0 rows instead of one'
    wrong 'INSERT INTO contest.competition SELECT * FROM contest.competition' 'competition\(\): gives 2 rows'
    wrong "INSERT INTO contest.challenges (title) VALUES ('lost')" 'challenges\(\): 1 rows have no id, as "lost"'
    wrong 'INSERT INTO contest.challenges SELECT * FROM contest.challenges' 'challenges\(\): 2 ids stand twice, as 1'
    wrong 'UPDATE contest.challenges SET id = 2^53 WHERE id = 1' 'challenges\(\): 1 ids are beyond 2\^53, as 9007199254740992'
    wrong "INSERT INTO contest.teams (name) VALUES ('lost')" 'teams\(\): 1 rows have no id, as "lost"'
    wrong "INSERT INTO contest.teams (id) VALUES (2)" 'teams\(\): 1 ids stand twice, as 2'
    wrong 'UPDATE contest.teams SET id = -2::int8^60 WHERE id = 1' 'teams\(\): 1 ids are beyond'
    wrong "INSERT INTO contest.users (name) VALUES ('lost')" 'users\(\): 1 rows have no id, as "lost"'
    wrong "INSERT INTO contest.users (id) VALUES (1)" 'users\(\): 1 ids stand twice, as 1'
    wrong 'UPDATE contest.users SET id = 2::int8^60 WHERE id = 1' 'users\(\): 1 ids are beyond'
    wrong 'INSERT INTO contest.divisions VALUES (1)' 'divisions\(\): 1 ids stand twice, as 1'
    wrong 'INSERT INTO contest.divisions VALUES (-1)' 'divisions\(\): 1 ids are not between 1 and 2\^53 - 1, as -1'
    wrong 'UPDATE contest.solves SET challenge_id = NULL' 'solves\(\): 2 rows are of no challenge'
    wrong 'UPDATE contest.solves SET user_id = NULL WHERE user_id = 1' "solves\(\): 1 rows are of no challenge, at no time or nobody's"
    wrong 'UPDATE contest.awards SET user_id = NULL' "awards\(\): 1 rows are nobody's"
}

@test "what may be meant is remarked, and no failure" {
    remarked 'UPDATE contest.competition SET visible = false' 'competition\(\): is not visible'
    remarked "UPDATE contest.competition SET tie_rule = 'dice'" 'competition\(\): names a tie_rule "dice"'
    remarked "UPDATE contest.competition SET ends_at = '2026-01-23'" 'competition\(\): does not start, freeze and end'
    remarked "UPDATE contest.challenges SET formula = 'linear'" 'challenges\(\): 2 have another formula.*"linear"'
    remarked "UPDATE contest.challenges SET minimum_points = 900" 'challenges\(\): 1 have a minimum above.*"two"'
    remarked 'UPDATE contest.teams SET division_id = 9' 'teams\(\): 2 are in a division that is not there, as 9'
    remarked 'UPDATE contest.users SET team_id = 9 WHERE id = 1' 'users\(\): 1 are in a team that is not shown, as 9'
    remarked 'UPDATE contest.users SET division_id = 9' 'users\(\): 4 are in a division that is not there, as 9'
    remarked 'UPDATE contest.solves SET challenge_id = 9' 'solves\(\): 2 are of a challenge that is not shown, as 9'
    remarked 'UPDATE contest.solves SET user_id = 9 WHERE user_id = 1' 'solves\(\): 1 are by nobody who is shown, as 9'
    remarked "UPDATE contest.solves SET solved_at = '2999-01-01Z'" 'solves\(\): 2 are in the future, the latest at 2999-01-01'
    remarked 'UPDATE contest.awards SET user_id = 9' 'awards\(\): 1 are for nobody who is shown, as 9'
    remarked "UPDATE contest.awards SET awarded_at = '2999-01-01Z'" 'awards\(\): 1 are in the future'
}

redefine() { # FUNCTION, ARGUMENTS, RESULT, BODY
    sql "DROP FUNCTION IF EXISTS scoreboard.$1($2);
        CREATE FUNCTION scoreboard.$1($2) RETURNS TABLE ($3) LANGUAGE sql STABLE AS \$\$ $4 \$\$"
}

teams_are() { # RESULT, BODY
    redefine teams 'until timestamptz' "$1" "$2"
    run ctl check
    sql 'DROP FUNCTION scoreboard.teams'
    setup
}

@test "functions that are not what the contract says" {
    local names='id bigint, name text, division_id bigint, tie bigint'
    sql 'DROP FUNCTION scoreboard.boundaries'
    run -1 ctl check
    [[ $output == *'WRONG boundaries(): there is no scoreboard.boundaries()'* ]]
    redefine boundaries '' 'at timestamptz' 'SELECT now()'

    teams_are 'id bigint, name text' "VALUES (1::bigint, 'reds')"
    [[ $status == 1 && $output == *'gives TABLE(id bigint, name text)'*'WRONG teams(): column "division_id" does not exist'* ]]
    teams_are 'id text, name text, division_id bigint, tie bigint' "VALUES ('5f1b', 'reds', 1::bigint, 1::bigint)"
    [[ $status == 1 && $output == *'WRONG teams(): invalid input syntax for type bigint: "5f1b"'* ]]
    teams_are 'id integer, name text, division_id bigint, tie bigint' "VALUES (1, 'reds', 1::bigint, 1::bigint)"
    [[ $status == 0 && $output == *'note  teams(): gives TABLE(id integer'* ]]

    sql 'CREATE TABLE contest.secret AS SELECT * FROM contest.teams'
    teams_are "$names" 'SELECT * FROM contest.secret'
    [[ $status == 1 && $output == *'WRONG teams(): permission denied for table secret'* ]]
    redefine teams 'until timestamptz' "$names" 'SELECT * FROM contest.teams'
    sql 'ALTER FUNCTION scoreboard.teams SECURITY DEFINER'
    run -0 ctl check
    [[ $output == *'note  teams(): is VOLATILE, STRICT, SECURITY DEFINER'* ]]
    sql 'ALTER FUNCTION scoreboard.teams SECURITY INVOKER'

    redefine solves 'until timestamptz' 'user_id bigint, team_id bigint, challenge_id bigint, solved_at timestamptz, points integer' \
        'SELECT * FROM contest.solves'
    run -1 ctl check
    [[ $output == *'WRONG solves(): 2 are given for a moment before they happened'* ]]
}

@test "whoever else looks, it is by the daemon's rights if that may be" {
    run -0 ctl check --conninfo "host=$PGHOST dbname=$PGDATABASE user=postgres"
    [[ $output == *'read as scoreboard_daemon'* ]]
    run -1 ctl check --conninfo "host=$PGHOST dbname=$PGDATABASE user=scoreboard_publisher"
    [[ $output == *'note  read as scoreboard_publisher: whether the rights of scoreboard_daemon suffice is not seen'* ]]
}

# --- Before it is migrated ------------------------------------------------------------------------

# The demo's file with one change, for an empty database of its own.
altered() { # SED SCRIPT
    # shellcheck disable=SC2154  # lib/stack sets repository
    sed "$1" "$repository/sql/platforms/demo.sql" >"$BATS_TEST_TMPDIR/altered.sql"
    run ! cmp -s "$repository/sql/platforms/demo.sql" "$BATS_TEST_TMPDIR/altered.sql"
    database=altered_$BATS_TEST_NUMBER
    psql -XAtqc "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"
}

with_altered() { # COMMAND
    ctl "$1" --platform "$BATS_TEST_TMPDIR/altered.sql" --sql-dir "$repository/sql" \
        --conninfo "host=$PGHOST dbname=$database user=postgres"
}

refused_for() { # WORDS
    run -1 with_altered check
    [[ $output == *"$1"* ]]
    run -1 with_altered migrate
    [[ $output == *"$1"*'nothing was changed'* ]]
    [[ $(psql -XAtq "$database" -c '\dn scoreboard*' -c '\dt public.*') == '' ]]
}

@test "a file is tried before it is migrated, and refused when no boards can be made of it" {
    altered '/watch(.submissions/s/, submitted_at}/}/'
    refused_for 'WRONG solves(): permission denied for table submissions'
    altered '/define(.boundaries/d'
    refused_for 'WRONG boundaries(): there is no scoreboard_rehearsal.boundaries()'
    altered "/define('teams'/,/;/c CREATE FUNCTION {{schema}}.teams(until timestamptz) RETURNS TABLE (id bigint, title text)\\
        LANGUAGE sql STABLE AS 'SELECT id, name FROM {{platform}}.teams';"
    refused_for 'WRONG teams(): column "name" does not exist'
}

@test "a file without a mistake is tried without a trace, while the platform writes" {
    altered '1i -- as it is'
    run -0 with_altered check
    [[ $output == *'solves(): 0 rows'* ]]
    [[ $(psql -XAtq "$database" -c '\dn scoreboard*' -c '\dt public.*') == '' ]]
    sql 'BEGIN; INSERT INTO teams (name) VALUES (clock_timestamp()); SELECT pg_sleep(3); COMMIT' >/dev/null 3>&- &
    retry 5 writes_teams
    run -0 timeout 2 "${SB_BUILD:-$repository}/cli/scoreboardctl" -c "$SB_CONFIG" check --platform demo \
        --sql-dir "$repository/sql" --conninfo "host=$PGHOST dbname=$PGDATABASE user=postgres"
    wait
}

writes_teams() {
    [[ $(sql "SELECT count(*) FROM pg_locks WHERE relation = 'teams'::regclass AND mode = 'RowExclusiveLock'") == 1 ]]
}
