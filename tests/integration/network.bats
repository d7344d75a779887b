#!/usr/bin/env bats
#
# Three hosts with links between them that may break: two nodes in network namespaces of their own, and
# PostgreSQL and Redis on the third. Needs root and namespaces; elsewhere these tests are skipped.
# shellcheck disable=SC2034,SC2154  # what ../lib uses, and sets
bats_require_minimum_version 1.5.0
load ../lib/cluster

nodes=(1 2)

# Node K's link is the device NAMEkK on the third host; its ends are .(4K+1), there, and .(4K+2).
setup_file() {
    export SB_NAMESPACE=sb$$ SB_NETWORK=198.18.$((RANDOM % 256))
    if ! make_links 2>/dev/null; then
        remove_links
        export SB_NAMESPACE=
        return 0
    fi
    start_cluster --config redis.deadline=500ms --config postgres.connect_deadline=1s \
        --config postgres.poll_deadline=1s || return
    cross_the_network
    assert_healed
}

teardown_file() {
    [[ -n ${SB_NAMESPACE:-} ]] || return 0
    teardown_cluster
    remove_links
}

setup() { [[ -n ${SB_NAMESPACE:-} ]] || skip "no namespaces"; }

teardown() {
    [[ -n ${SB_NAMESPACE:-} ]] || return 0
    local node
    for node in "${nodes[@]}"; do
        mend_link "$node"
        tc qdisc del dev "$(link_of "$node")" root 2>/dev/null || true
    done
    show_logs_of_failure
}

link_of() { echo "${SB_NAMESPACE}k$1"; }                # NODE
third_host() { echo "$SB_NETWORK.$((4 * $1 + 1))"; }    # as NODE sees it
address_of() { echo "$SB_NETWORK.$((4 * $1 + 2))"; }    # NODE
cut_link() { ip link set "$(link_of "$1")" down; }      # NODE
mend_link() { ip link set "$(link_of "$1")" up; }       # NODE
inside() { ip netns exec "$SB_NAMESPACE-$1" "${@:2}"; } # NODE COMMAND...

make_links() {
    local node
    for node in "${nodes[@]}"; do
        ip netns add "$SB_NAMESPACE-$node" || return
        ip link add "$(link_of "$node")" type veth peer name up0 netns "$SB_NAMESPACE-$node" || return
        ip address add "$(third_host "$node")/30" dev "$(link_of "$node")" || return
        inside "$node" ip address add "$(address_of "$node")/30" dev up0 || return
        inside "$node" ip link set lo up && inside "$node" ip link set up0 up || return
        mend_link "$node" || return
    done
}

remove_links() {
    local node
    for node in "${nodes[@]}"; do
        ip link del "$(link_of "$node")" 2>/dev/null || true
        ip netns del "$SB_NAMESPACE-$node" 2>/dev/null || true
    done
}

# PostgreSQL and Redis listen at the ends of the links, and the daemons are started anew beyond them.
cross_the_network() {
    local node config
    redis CONFIG SET protected-mode no
    redis CONFIG SET bind "$(third_host 1) $(third_host 2)"
    redis CONFIG SET port 16379
    echo "listen_addresses = '$(third_host 1),$(third_host 2)'" >>"$PGHOST/postgresql.conf"
    echo "host all all $SB_NETWORK.0/24 trust" >>"$PGHOST/pg_hba.conf"
    stack restart postgres
    for node in "${nodes[@]}"; do
        config=$SB_STACK/etc/scoreboardd$node.conf
        sed -i -e "/^\[postgres\]/,/^\[/s|host=$PGHOST|host=$(third_host "$node")|" \
            -e "s|^socket = $SB_REDIS_SOCKET|host = $(third_host "$node")\nport = 16379|" "$config"
    done
    SB_LAUNCHER=$repository/tests/lib/in-namespace stack restart daemon:1 daemon:2
}

says() { get /api/scoreboard/health "$1" | json_is "$2" >/dev/null; } # NODE FILTER
is_cut_off() { says "$1" '.status == "degraded" and .redis == "down" and .postgres == "down"'; }
is_well() { says "$1" '.status == "ok"'; }

@test "across the network every node has what was committed" {
    local node
    for node in "${nodes[@]}"; do
        inside "$node" ss -tnH state established | grep -q "$(third_host "$node"):5432"
    done
    solve
    assert_healed
}

@test "a node that is cut off serves what it has, says so, and comes back by itself" {
    local old
    old=$(revision_of 2)
    start_sse far 2
    retry 10 grep -q "id: $old" "$SB_STACK/sse/far"
    cut_link 2
    solve
    assert_healed 1
    retry 20 is_cut_off 2
    [[ $(get /api/leaderboard 2 -o /dev/null -w '%header{x-scoreboard-revision}') == "$old" ]]
    [[ $(status_of "/api/leaderboard?rev=$(revision_of 1)" 2) == 503 ]]
    [[ $(last_event_id far) == "$old" ]]

    mend_link 2
    assert_healed
    retry 20 is_well 2
    wait_for_event far "$(revision_of 2)"
}

@test "both nodes are cut off: both serve, and once one is back it has everything" {
    cut_link 1
    cut_link 2
    solve
    retry 20 is_cut_off 1
    retry 20 is_cut_off 2
    boards_are_served
    mend_link 1
    assert_healed 1
    mend_link 2
    assert_healed
}

@test "a link that is cut again and again costs time and nothing else" {
    for _ in {1..5}; do
        cut_link 2
        solve
        sleep 0.5
        mend_link 2
        sleep 0.5
    done
    assert_healed
}

@test "a link with delay and loss costs time and nothing else" {
    local node
    for node in "${nodes[@]}"; do
        tc qdisc add dev "$(link_of "$node")" root netem delay 40ms 20ms loss 5% 2>/dev/null || skip "no netem"
    done
    for _ in {1..3}; do solve; done
    assert_healed
}
