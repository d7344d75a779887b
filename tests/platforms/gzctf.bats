#!/usr/bin/env bats
#
# sql/platforms/gzctf.sql, on tables of GZCTF's shape.
# shellcheck disable=SC2016  # $$ quotes SQL
bats_require_minimum_version 1.5.0
load ../lib/platforms

setup_file() { setup_platform_tests; }
setup() { setup_platform gzctf; }
teardown() { teardown_database; }
teardown_file() { teardown_stack; }

@test "random competitions are ranked as GZCTF ranks them" {
    scoreboardctl migrate # finds out by itself whose tables these are
    for seed in {1..12}; do
        play "$seed"
        ranks_alike teams
    done
}

@test "what no board shows writes no note, and what one shows does" {
    scoreboardctl migrate
    play 1
    expect none 'UPDATE "AspNetUsers" SET "LastVisitedUtc" = now()'
    expect none 'UPDATE "GameChallenges" SET "Content" = $$new$$'
    expect none 'INSERT INTO "Submissions" VALUES (9999, $$x$$, $$WrongAnswer$$, now(), NULL, 1, 100, 2, 1)'
    expect submission_changed 'DELETE FROM "FirstSolves"'
    expect team_deleted 'UPDATE "Participations" SET "Status" = 3 WHERE "Status" = 1'
    expect settings_changed 'UPDATE "Games" SET "BloodBonus" = 1'
    expect challenge_updated 'UPDATE "GameChallenges" SET "Difficulty" = "Difficulty" + 1'
}

@test "another game of the same database is another part" {
    run -0 scoreboardctl migrate --part 1
    play 3
    run -0 scoreboardctl board --json
    jq -e '.competition.name == "another"' <<<"$output"
}
