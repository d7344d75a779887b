#!/usr/bin/env bats
#
# The largest competition that we promise to serve.
bats_require_minimum_version 1.5.0
load ../lib/boards

setup() { setup_stack; }
teardown() { teardown_stack; }

# PostgreSQL's spaces taken out, its text is ours: names are plain here. (jq would need gigabytes.)
large_boards_equal_sql() {
    boards_by_sql | sed 's/" : /":/g; s/, "/,"/g; s/}, {/},{/g' >"$BATS_TEST_TMPDIR/computed"
    boards_by_node "$SB_URL" >"$BATS_TEST_TMPDIR/served"
    cmp "$BATS_TEST_TMPDIR/computed" "$BATS_TEST_TMPDIR/served"
}

has_all_teams() { (($(get /api/leaderboard/teams | grep -o '"team_id"' | wc -l) == 10000)); }

@test "10,000 teams, 30,000 users and 300,000 solves in a million submissions" {
    psql -XAtq -f "$BATS_TEST_DIRNAME/../lib/large.sql"
    [[ $(sql "SELECT count(*) FROM scoreboard.solves('infinity')") == 300000 ]]
    retry 60 has_all_teams
    large_boards_equal_sql
}
