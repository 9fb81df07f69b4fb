#!/bin/sh
# Creates the database and the two roles that docs/operations.md describes. The image of PostgreSQL runs this script
# when it initialises its data directory; POSTGRES_USER is the superuser.
set -eu
SECRETS=${SECRETS:-/run/secrets}
export SECRETS

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set owner `cat "$SECRETS/owner_password"`
\set server `cat "$SECRETS/server_password"`
CREATE ROLE fleetwatch_owner LOGIN PASSWORD :'owner';
CREATE ROLE fleetwatch LOGIN PASSWORD :'server';
CREATE DATABASE fleetwatch OWNER fleetwatch_owner;
REVOKE ALL ON DATABASE fleetwatch FROM PUBLIC;
GRANT CONNECT ON DATABASE fleetwatch TO fleetwatch;
SQL
