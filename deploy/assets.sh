#!/usr/bin/env bash
# Bundles GraphiQL, which the next build of the program embeds. Without the bundle, /graphiql is a plain page.
#
#   deploy/assets.sh          does nothing if nothing has changed since the last run
#   deploy/assets.sh --force  bundles in any case
#
# Needs Node.js 18 or newer with npm, and the npm registry whenever the lock file has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh
cd crates/console/graphiql

readonly STAMP=dist/stamp

sources() {
    cat .npmrc package.json package-lock.json bundle.mjs full/* | sha256sum
}

not_to_be_had() {
    say "error: $*"
    exit "$NOT_TO_BE_HAD"
}

sources=$(sources)
if [[ ${1:-} != --force && -s $STAMP && $(<"$STAMP") == "$sources" ]]; then
    exit
fi
node_is_there || not_to_be_had "this needs Node.js 18 or newer with npm; deploy/test.sh install installs them"
npm ci --prefer-offline --no-progress >&2 || not_to_be_had "the packages of GraphiQL could not be fetched"
# The stamp is removed first and written last, so that an incomplete bundle is not embedded.
rm -f dist/*
node bundle.mjs
printf '%s\n' "$sources" >"$STAMP"
