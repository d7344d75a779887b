# tree: where the sources are ($repository), and the programs ($SB_BUILD, which the caller may set).
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

if [[ -z ${SB_BUILD:-} ]]; then
    SB_BUILD=$repository # built in the tree, or else where quickstart builds
    [[ -x $SB_BUILD/daemon/scoreboardd ]] || SB_BUILD=$repository/build
fi
export SB_BUILD
