# platforms: a platform's tables in a database of their own, played in by a program that knows the
# platform's rules and nothing of ours.
#
# tests/platforms/NAME.sql makes the tables, NAME.py SEED FILE prints a random competition as SQL, and
# writes into FILE how the platform ranks it: [[name, score, {challenge id: points}], ...].
# shellcheck shell=bash

# shellcheck source=tests/lib/database.bash
source "$(dirname "${BASH_SOURCE[0]}")/database.bash"

setup_platform_tests() {
    setup_stack --nodes 0 && create_platform_role
}

# shellcheck disable=SC2154  # repository is set by stack.bash
setup_platform() { # NAME [OF THE PROGRAM]
    platform=${2:-$1}
    setup_database template1
    write_config instance= "postgres.conninfo=dbname=$PGDATABASE user=scoreboard_daemon" # who may read little
    run_script <"$repository/tests/platforms/$1.sql"
    sql 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO platform'
}

run_script() { psql -XAtq -v ON_ERROR_STOP=1 -f -; }

play() { # SEED [WHAT ELSE THE PROGRAM TAKES]
    local tables
    tables=$(sql "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
    expected=$BATS_TEST_TMPDIR/expected.json
    {
        echo "BEGIN; TRUNCATE $tables;"
        "$repository/tests/platforms/$platform.py" "$1" "$expected" "${@:2}"
        echo 'COMMIT;'
    } | run_script
}

# Names, scores and order, and what each solve is worth, where it says so.
ranks_alike() { # teams|users [OPTIONS of scoreboardctl board]
    local ours theirs option=("${@:2}")
    [[ $1 == teams ]] || option+=(--users)
    ours=$(scoreboardctl board --json "${option[@]}" | jq -S '
        (.challenges | map({key: (.id | tostring), value: .points}) | from_entries) as $value
        | [.entries[] | [.team_name // .username, .score,
            ([.solves[] | {key: (.challenge_id | tostring), value: (.points // $value[.challenge_id | tostring])}]
                | from_entries)]]') || return
    theirs=$(jq -S 'map(.[:3])' "$expected")
    diff <(echo "$theirs") <(echo "$ours") && return
    echo "seed differs" >&2
    return 1
}
