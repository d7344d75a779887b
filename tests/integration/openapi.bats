#!/usr/bin/env bats
#
# docs/openapi.yaml is what is answered. Schemathesis makes some hundred requests of it, allowed ones
# and others, and holds each answer against it: its status, content type, headers and schema; that what
# is allowed is taken, that what is not is refused, and that another method is a 405.
# shellcheck disable=SC2154  # what ../lib sets
bats_require_minimum_version 1.5.0
load ../lib/stack

setup_file() {
    tools=$("$repository/scripts/python-tools")
    export tools
    setup_stack
    psql -Xqv seed=7 -f "$repository/tests/lib/competition.sql"
    ctl competition --name "Open" --start 2026-01-01T00:00:00Z --end 2036-01-01T00:00:00Z
    retry 20 shows_competition
    describe
}

teardown_file() { teardown_stack; }

# With the current revision in an example: that one lighttpd answers itself.
describe() {
    local revision
    revision=$(get /api/scoreboard/health | jq .revision)
    export description=$BATS_FILE_TMPDIR/openapi.yaml
    sed "s/1772215200000/$revision/" "$repository/docs/openapi.yaml" >"$description"
    grep -q "$revision" "$description"
}

shows_competition() {
    get /api/leaderboard | json_is '.competition.name and any(.entries[]; .awards) and any(.entries[].solves[]; .)'
}

hold() { # OPTIONS of schemathesis run
    # It keeps what has failed where it is.
    cd "$BATS_TEST_TMPDIR" || return
    "$tools/schemathesis" --config-file "$repository/tests/lib/schemathesis.toml" run \
        "$description" --url "$SB_URL" --continue-on-failure "$@"
}

@test "every call answers as docs/openapi.yaml says, whatever it is asked" {
    run hold
    echo "$output"
    [[ $status == 0 && $output == *"Selected: 8/8"* && $output == *"No issues found"* ]]
}

@test "the stream and health do, too, while the daemon is away" {
    stack stop daemon:1
    # Another method is a 503 then: who could answer it is away.
    run hold --include-path-regex '/(stream|health)$' --exclude-checks unsupported_method
    echo "$output"
    [[ $status == 0 && $output == *"Selected: 2/8"* ]]
    stack start daemon:1
}
