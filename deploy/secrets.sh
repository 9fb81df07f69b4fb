#!/usr/bin/env bash
# Creates the passwords and keys that docker-compose.yml uses, in .fleetwatch/secrets. Existing ones are kept.
#
# The directory is private. Within it, the files of the server are private as well, and the server's container runs as
# their owner: the user who runs this script, or, if that is root, the user of the image. Other containers run as users
# of their own, which have to be able to read the files in for-others.
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
for name in redis_server_password robots_password; do
    password | keep "$secrets/$name" 600
done
# The user default, whose password is in redis_password, is the administrator. docs/redis.md explains the permissions.
of_server='&vehicle:* &fleetwatch:* ~vehicle:* ~vehicles:* ~fleetwatch:* ~{fleetwatch:dlq}:*'
of_server+=' +@read +@write +@scripting +@transaction +@connection +@pubsub +time +info'
of_robots='&vehicle:* ~fleetwatch:bridge:* +publish +spublish +set +ping'
keep "$others/redis.conf" 644 <<CONF
requirepass $(<"$others/redis_password")
user fleetwatch on >$(<"$secrets/redis_server_password") resetchannels $of_server
user robots on >$(<"$secrets/robots_password") resetchannels $of_robots
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
keep "$secrets/redis_url" 600 <<<"redis://fleetwatch:$(<"$secrets/redis_server_password")@redis:6379"

# Compose reads this file, which contains no secrets.
if [[ ! -e .env ]]; then
    touch .env
    chmod 644 .env
fi
if ! grep -q '^SECRETS_OWNER=' .env; then
    owner=$(id -u):$(id -g)
    if [[ $(id -u) == 0 ]]; then owner=65532:65532; fi
    # The last line of a file need not end.
    if [[ -n $(tail -c 1 .env) ]]; then echo >>.env; fi
    echo "SECRETS_OWNER=$owner" >>.env
fi
owner=$(sed -n 's/^SECRETS_OWNER=//p' .env | tail -n 1)
if [[ $owner == 0:* ]]; then
    say "warning: with SECRETS_OWNER=$owner in .env, the server runs as root, unless Docker is rootless. To change" \
        "this, remove the line, and run this script again"
elif [[ $(id -u) == 0 ]]; then
    chown "$owner" "$secrets"/{signing_key,admin_password,metrics_token,database_url,owner_url,redis_url}
fi
say "The secrets are in $secrets. The administrator's password is in $secrets/admin_password, that of the robots in" \
    "Redis in $secrets/robots_password."
