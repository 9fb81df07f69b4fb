#!/usr/bin/env bash
# Checks that all files name the same version of fleetwatch.
#
#   deploy/version.sh          compares them with each other
#   deploy/version.sh 1.2.3    also checks that they name this version, and that CHANGELOG.md has a section about it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

# Prints the part of the first line that matches.
first() {
    sed -nE "s/$1/\\1/p;T;q" "$2"
}

version=$(first '^version = "(.*)"$' Cargo.toml)
chart=deploy/helm/fleetwatch/Chart.yaml
[[ $(first '^version: (.*)$' $chart) == "$version" ]] || give_up "$chart: version is not $version"
[[ $(first '^appVersion: (.*)$' $chart) == "$version" ]] || give_up "$chart: appVersion is not $version"
[[ $(first '.*FLEETWATCH_VERSION:-([^}]*).*' docker-compose.yml) == "$version" ]] ||
    give_up "docker-compose.yml: the default of FLEETWATCH_VERSION is not $version"
for shown in $(grep -oE 'fleetwatch/fleetwatch:[0-9.]*[0-9]|^version=[0-9.]*' docs/deployment.md); do
    [[ $shown =~ [:=]$version$ ]] || give_up "docs/deployment.md: $shown is not of version $version"
done
if (($#)); then
    [[ $1 == "$version" ]] || give_up "Cargo.toml: version is $version, not $1"
    grep "^## $version\b" CHANGELOG.md | grep -qv unreleased || give_up "CHANGELOG.md has no section about $version"
fi
