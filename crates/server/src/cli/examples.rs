//! Examples that `--help` prints below the options.

pub(super) const ALL: &str = "\
Examples:
  fleetwatch demo                             a server with a fleet to look at, on http://127.0.0.1:8080/
  fleetwatch                                  the server
  fleetwatch replay drive.mcap --vehicle ID   a recorded drive, as its robot would publish it
  fleetwatch config                           which settings are in force, and where they come from
  fleetwatch --config fleetwatch.toml config  the same with a file

Settings come from FLEETWATCH_<SECTION>__<KEY>, then from --config, then from the defaults of FLEETWATCH_ENV
(development, staging or production).

Exit codes: 0 done, or stopped by SIGTERM or SIGINT; 2 bad usage or configuration; 1 otherwise.";

pub(super) const SERVE: &str = "\
Examples:
  fleetwatch serve
  FLEETWATCH_HTTP__BIND=127.0.0.1:9000 fleetwatch serve
  fleetwatch serve --config fleetwatch.toml

Vehicles are kept in FLEETWATCH_DATABASE__URL, robots are heard through FLEETWATCH_REDIS__URL; without them both
are embedded, and gone at the end. The database is migrated when the server starts.";

pub(super) const DEMO: &str = "\
Examples:
  fleetwatch demo
  fleetwatch demo --vehicles 1000
  FLEETWATCH_HTTP__BIND=127.0.0.1:0 fleetwatch demo   on a free port, which is printed

While it runs the file demo.env in FLEETWATCH_DATA__DIR (.fleetwatch) has its address and passwords for other shells:
. .fleetwatch/demo.env sets url, admin_password, operator_password and viewer_password.";

pub(super) const MIGRATE: &str = "\
Examples:
  FLEETWATCH_DATABASE__URL=postgres://user@host/fleet fleetwatch migrate
  fleetwatch migrate --config fleetwatch.toml
  fleetwatch migrate --down    take the last migration back
  fleetwatch migrate --down 2  the last two

Several servers may do this at once: one works, the others wait for it.";

pub(super) const SEED: &str = "\
Examples:
  FLEETWATCH_DATABASE__URL=postgres://user@host/fleet fleetwatch seed
  fleetwatch seed && fleetwatch simulate --vehicles 40   vehicles, and robots that move them

It may be repeated: what is there already stays as it is.";

pub(super) const IMPORT: &str = "\
Examples:
  fleetwatch import vehicles.csv --dry-run   find every fault, register nothing
  fleetwatch import vehicles.csv
  fleetwatch import fleet.txt --format jsonl --organization 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70

CSV has a row of column names first: type, name, manufacturer, model, specification.maxSpeed, details.lidarEnabled, ...;
JSON lines have a vehicle of the REST API on each line. An export can be imported elsewhere.";

pub(super) const EXPORT: &str = "\
Examples:
  fleetwatch export > vehicles.jsonl
  fleetwatch export --format csv --output vehicles.csv
  fleetwatch export --type AMR --enabled true --search tugger";

pub(super) const REPLAY: &str = "\
Examples:
  fleetwatch replay drive.mcap --vehicle 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70
  fleetwatch replay drive.mcap --vehicle 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70 --speed 10
  fleetwatch replay drive.mcap --vehicle 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70 --topic /amcl_pose --loop

It publishes to FLEETWATCH_REDIS__URL. nav_msgs/Odometry, geometry_msgs/PoseStamped and
geometry_msgs/PoseWithCovarianceStamped are understood; what else is in the recording is named and left out.";

pub(super) const SIMULATE: &str = "\
Examples:
  fleetwatch simulate --vehicles 40
  fleetwatch simulate --vehicles 100 --rate 10

It publishes to FLEETWATCH_REDIS__URL. Vehicles that FLEETWATCH_DATABASE__URL does not know yet are registered first.";

pub(super) const USER: &str = "\
Examples:
  fleetwatch user create --username ana --role ADMIN   the password is asked for
  fleetwatch user create --help                        more of it";

pub(crate) const USER_CREATE: &str = "\
Examples:
  fleetwatch user create --username ana --role ADMIN            the password is asked for
  fleetwatch user create --username bot --role VIEWER < secret  or is the first line of a file

Users are kept in FLEETWATCH_DATABASE__URL, which has to be migrated. For the first administrator of all there are
FLEETWATCH_AUTH__ADMIN_USERNAME and FLEETWATCH_AUTH__ADMIN_PASSWORD as well.";

pub(super) const SCHEMA: &str = "\
Examples:
  fleetwatch schema > schema.graphql";

pub(super) const OPENAPI: &str = "\
Examples:
  fleetwatch openapi > openapi.json";

pub(super) const ASYNCAPI: &str = "\
Examples:
  fleetwatch asyncapi > asyncapi.yaml";

pub(super) const CONFIG: &str = "\
Examples:
  fleetwatch config
  FLEETWATCH_ENV=production fleetwatch config   what production would still need
  fleetwatch config --config fleetwatch.toml";
