# unprivileged: PostgreSQL refuses to run as root; then it runs as the user of Debian's package.
# shellcheck shell=bash
# shellcheck disable=SC2034  # used by those who source this

postgres_bin=$(pg_config --bindir)
unprivileged=()
if ((EUID == 0)); then
    unprivileged=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi
