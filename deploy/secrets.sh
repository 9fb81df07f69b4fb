#!/usr/bin/env bash
# Creates the passwords and keys that docker-compose.yml uses, in .fleetwatch/secrets. Existing ones are kept.
#
# The directory is private. Within it, the files of the server are private as well, and the server's container runs as
# their owner. Other containers run as users of their own, which have to be able to read the files in for-others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source deploy/tools.sh

is_there openssl || give_up "openssl is not installed"
umask 077
secrets=.fleetwatch/secrets
others=$secrets/for-others
mkdir -p "$others"
chmod 700 "$secrets"
chmod 755 "$others"

# Writes standard input to a file, unless the file exists and has content.
keep() {
    if [[ -s $1 ]]; then
        cat >/dev/null
    else
        cat >"$1.new"
        chmod "$2" "$1.new"
        mv "$1.new" "$1"
    fi
}

password() {
    openssl rand -hex 24
}

for name in postgres_password owner_password server_password redis_password prometheus_token grafana_password; do
    password | keep "$others/$name" 644
done
keep "$others/redis.conf" 644 <<CONF
requirepass $(<"$others/redis_password")
dir /data
save 60 1
maxmemory 512mb
# Evicted keys would be missing until the server writes them again.
maxmemory-policy noeviction
CONF

openssl genpkey -algorithm ed25519 | keep "$secrets/signing_key" 600
password | keep "$secrets/admin_password" 600
keep "$secrets/metrics_token" 600 <"$others/prometheus_token"
keep "$secrets/database_url" 600 <<<"postgres://fleetwatch:$(<"$others/server_password")@postgres:5432/fleetwatch"
keep "$secrets/owner_url" 600 <<<"postgres://fleetwatch_owner:$(<"$others/owner_password")@postgres:5432/fleetwatch"
keep "$secrets/redis_url" 600 <<<"redis://:$(<"$others/redis_password")@redis:6379"

# Compose reads this file.
touch .env
if ! grep -q '^SECRETS_OWNER=' .env; then
    echo "SECRETS_OWNER=$(id -u):$(id -g)" >>.env
fi
say "The secrets are in $secrets. The administrator's password is in $secrets/admin_password."
