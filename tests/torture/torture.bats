#!/usr/bin/env bats
#
# Three short schedules of faults drawn at random, and every promise looked at. More: make torture.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/tree

torture() { "$repository/tests/torture/torture" --rounds 2 "$1"; }

@test "faults at random, seed 1" { torture 1; }
@test "faults at random, seed 2" { torture 2; }
@test "faults at random, seed 3" { torture 3; }
