# boards: what the nodes serve, against what PostgreSQL computes on its own (recompute.sql).
#
#   assert_boards_equal_sql
#
# says that all boards of a node are of one revision, and equal a fresh recomputation. Whoever changes
# the database meanwhile makes it fail.
# shellcheck shell=bash

# shellcheck source=tests/lib/stack.bash
source "$(dirname "${BASH_SOURCE[0]}")/stack.bash"

# All nodes, or those at the URLs, come to it soon.
assert_boards_equal_sql() { # [URL...]
    local url
    # shellcheck disable=SC2086  # one word for each node
    (($# > 0)) || set -- $SB_URLS
    for url; do retry 20 boards_equal_sql "$url" || return; done
}

boards_equal_sql() { # URL
    local computed served
    computed=$(boards_by_sql) && served=$(boards_by_node "$1") || return
    diff <(jq -S . <<<"$computed") <(jq -S . <<<"$served")
}

# As the public gets them: as of the freeze, once it has begun.
boards_by_sql() {
    local schema=scoreboard${SB_INSTANCE:+_$SB_INSTANCE} until
    until=$(psql -XAtqc "SELECT coalesce((SELECT freezes_at FROM $schema.competition()
                         WHERE freezes_at <= now()), 'infinity')") || return
    psql -XAtq -v "schema=$schema" -v "until=$until" \
        -f "$repository/tests/lib/recompute.sql"
}

# The boards, one a line; fails unless all are of the first one's revision.
boards_by_node() { # URL
    local board answer revision=''
    for board in leaderboard leaderboard/teams timeline timeline/teams scoreboard/ctftime; do
        answer=$(curl -sS --fail-with-body --max-time 10 \
            -w '\n%header{x-scoreboard-revision}' "$1/api/$board") || return
        [[ ${answer##*$'\n'} == "${revision:=${answer##*$'\n'}}" ]] || return
        echo "${answer%$'\n'*}"
    done
}
