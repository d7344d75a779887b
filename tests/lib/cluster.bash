# cluster: three nodes, a competition to play, faults to make, and what must hold once they are over.
#
# One file's tests share a cluster; each leaves it whole. Limits are short, so that healing is.
# shellcheck shell=bash
# shellcheck disable=SC2153  # SB_NODE_DIRS and the like come from the stack's env file

# shellcheck source=tests/lib/boards.bash
source "$(dirname "${BASH_SOURCE[0]}")/boards.bash"

nodes=(1 2 3)

setup_cluster() { # OPTIONS of `tests/stack up`
    start_cluster "$@" && retry 20 is_whole "${nodes[@]}"
}

# The same for who has more to do before it can be whole.
start_cluster() { # OPTIONS of `tests/stack up`
    export SCOREBOARD_FAILPOINT=$BATS_FILE_TMPDIR/failpoint
    setup_stack --nodes "${#nodes[@]}" --config rebuild.lock_ttl=2s --config rebuild.backoff_max=2s \
        --config postgres.read_deadline=3s "$@" || return
    sql "INSERT INTO teams (name) SELECT 'team ' || i FROM generate_series(1, 4) i;
        INSERT INTO users (username, team_id) SELECT 'user ' || i, 1 + i % 4 FROM generate_series(1, 40) i;
        INSERT INTO challenges (title, category) SELECT 'challenge ' || i, 'misc' FROM generate_series(1, 10) i"
    # shellcheck disable=SC2086  # one word for each node
    "$repository/tests/lib/watch-current" $SB_NODE_DIRS </dev/null >/dev/null 2>&1 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/watcher"
}

teardown_cluster() {
    kill "$(<"$BATS_FILE_TMPDIR/watcher")"
    teardown_stack
}

# For the teardown of each test: the cluster's logs outlive a failed one.
show_logs_of_failure() {
    [[ -n ${BATS_TEST_COMPLETED:-} ]] || tail -n 15 "$SB_LOGS"/daemon*.log >&2
}

# --- Playing --------------------------------------------------------------------------------------

# Commits one more correct submission, of whom and of what there is none yet.
solve() {
    sql "INSERT INTO submissions (user_id, challenge_id, correct)
        SELECT u.id, c.id, true FROM users u, challenges c
        WHERE NOT EXISTS (SELECT FROM submissions s WHERE s.user_id = u.id AND s.challenge_id = c.id)
        ORDER BY u.id, c.id LIMIT 1"
}

# --- Looking --------------------------------------------------------------------------------------

directory_of() { # NODE
    local directories
    read -ra directories <<<"$SB_NODE_DIRS"
    echo "${directories[$1 - 1]}"
}

revision_of() { basename "$(readlink "$(directory_of "$1")/current")"; } # NODE

drawn_revision() { sql 'SELECT rev FROM scoreboard.state'; }
stored_revision() { redis HGET scoreboard:snapshot rev; }
lock_is_free() { [[ $(redis EXISTS leaderboard:rebuild:lock) == 0 ]]; }

# Nothing is left to do: PostgreSQL, Redis and these nodes are at one revision, and it has all that
# was committed.
is_whole() { # NODE...
    local revision
    revision=$(complete_revision)
    [[ -n $revision && $(stored_revision) == "$revision" ]] && serve "$revision" "$@"
}

# Every node serves what PostgreSQL has drawn, whatever Redis says.
all_serve_the_newest() {
    local revision
    revision=$(complete_revision)
    [[ -n $revision ]] && serve "$revision" "${nodes[@]}"
}

# PostgreSQL's, if it has all that was committed.
complete_revision() {
    sql 'SELECT rev FROM scoreboard.state WHERE NOT EXISTS (SELECT FROM scoreboard.outbox)'
}

serve() { # REVISION NODE...
    local node
    for node in "${@:2}"; do
        [[ $(revision_of "$node") == "$1" ]] || return
    done
}

boards_are_served() {
    local node
    for node in "${nodes[@]}"; do get /api/leaderboard "$node" >/dev/null || return; done
}

# --- What must hold -------------------------------------------------------------------------------

# What was committed is on the boards of these nodes. These are of one revision, as SQL computes them.
# No node ever went back. And nobody sits on the lock.
assert_healed() { # NODE...
    (($# > 0)) || set -- "${nodes[@]}"
    retry 60 is_whole "$@"
    retry 5 lock_is_free
    local node
    for node; do
        assert_boards_equal_sql "$(url_of "$node")"
        assert_never_went_back "$node"
    done
}

# The watcher's notes are in the order of time: sorted means never back. (-s -k: by this column only)
assert_never_went_back() { # NODE
    local seen
    seen=$(directory_of "$1").seen
    sort -c -n -s -k 1,1 "$seen" && sort -c -n -s -k 2,2 "$seen"
}

# --- Faults ---------------------------------------------------------------------------------------

# A disk without room, for one process: each write to a file fails (its log's too).
fill_disk() { # NODE...
    local node
    for node; do prlimit --pid "$(stack pid "daemon:$node")" --fsize=0:unlimited; done
}
free_disk() { # NODE...
    local node
    for node; do prlimit --pid "$(stack pid "daemon:$node")" --fsize=unlimited; done
}

# --- Fail points ----------------------------------------------------------------------------------

# The first node that comes to the step does the deed: kill, stop or fail.
arm() { # STEP DEED
    echo "$1 $2" >"$SCOREBOARD_FAILPOINT.new"
    mv "$SCOREBOARD_FAILPOINT.new" "$SCOREBOARD_FAILPOINT"
}

await_deed() { retry 20 test ! -e "$SCOREBOARD_FAILPOINT"; }

daemon_state() { ps -o state= -p "$(stack pid "daemon:$1")" || echo dead; } # NODE

# The nodes whose daemon is in this state (dead; T: stopped), one a line.
nodes_in_state() { # STATE
    local node
    for node in "${nodes[@]}"; do
        [[ $(daemon_state "$node") != "$1" ]] || echo "$node"
    done
}

all_but() { printf '%s\n' "${nodes[@]}" | grep -vx "$1"; } # NODE
