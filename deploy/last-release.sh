#!/usr/bin/env bash
# Builds the program of the last release from the history of this repository, unless that has been done before, and
# prints its path. The sources and the build are kept in .fleetwatch/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

# The last commit of the release 0.1.0. The test `upgrade` of adapters-postgres has its schema in tests/releases/0.1.
readonly VERSION=0.1
readonly COMMIT=cc0b9a1ea3ecbe8086ae92447c55aade0d1234e3

home=$PWD/.fleetwatch/release-$VERSION
program=$home/target/debug/fleetwatch
if [[ ! -x $program ]]; then
    git cat-file -e "$COMMIT^{commit}" 2>/dev/null ||
        give_up "this clone has no commit $COMMIT; fetch the whole history with git fetch --unshallow"
    rm -rf "$home/sources"
    mkdir -p "$home/sources"
    git archive "$COMMIT" | tar --extract --directory "$home/sources"
    say "building release $VERSION"
    (cd "$home/sources" && CARGO_TARGET_DIR=$home/target cargo build --quiet --locked --package server >&2)
fi
printf '%s\n' "$program"
