#!/usr/bin/env bash
# Packs a program with the systemd units and the settings of each environment: deploy/pack.sh PROGRAM NAME
# It writes dist/NAME.tar.gz, whose content only depends on the content of the files and on the commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=${1:?deploy/pack.sh PROGRAM NAME} name=${2:?deploy/pack.sh PROGRAM NAME}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/$name
mkdir -p "$folder" dist
install -m 755 "$program" "$folder/fleetwatch"
cp -r deploy/systemd deploy/env "$folder"
cp LICENSE CHANGELOG.md docs/deployment.md "$folder"
tar --create --directory "$work" --sort=name --owner=0 --group=0 --numeric-owner \
    --mtime="@$(git log -1 --format=%ct)" "$name" | gzip --no-name >"dist/$name.tar.gz"
