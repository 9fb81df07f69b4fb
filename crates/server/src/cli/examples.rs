//! Examples that `--help` prints below the options.

pub(super) const ALL: &str = "\
Examples:
  fleetwatch demo                             a server with a simulated fleet, on http://127.0.0.1:8080/
  fleetwatch                                  the server
  fleetwatch replay drive.mcap --vehicle ID   publish a recorded drive as its robot would
  fleetwatch config                           the effective settings and their sources
  fleetwatch --config fleetwatch.toml config  the same with a configuration file

Settings come from FLEETWATCH_<SECTION>__<KEY>, then from --config, then from the defaults of FLEETWATCH_ENV
(development, staging or production).

Exit codes: 0 done, or serve, demo, replay or simulate stopped by SIGTERM or SIGINT; 2 bad usage or configuration;
1 otherwise. These signals end other commands at once.";

pub(super) const SERVE: &str = "\
Examples:
  fleetwatch serve
  FLEETWATCH_HTTP__BIND=127.0.0.1:9000 fleetwatch serve
  fleetwatch serve --config fleetwatch.toml

Vehicles are stored in FLEETWATCH_DATABASE__URL, and messages from robots are received from FLEETWATCH_REDIS__URL.
Without them, embedded stores are used, whose data is lost on exit. The server migrates the database when it starts.";

pub(super) const DEMO: &str = "\
Examples:
  fleetwatch demo
  fleetwatch demo --vehicles 1000
  FLEETWATCH_HTTP__BIND=127.0.0.1:0 fleetwatch demo   on a free port, which is printed

While the demo is running, the file demo.env in FLEETWATCH_DATA__DIR (.fleetwatch) contains its address and passwords
for other shells: . .fleetwatch/demo.env sets url, admin_password, operator_password and viewer_password.";

pub(super) const MIGRATE: &str = "\
Examples:
  FLEETWATCH_DATABASE__URL=postgres://user@host/fleet fleetwatch migrate
  fleetwatch migrate --config fleetwatch.toml
  fleetwatch migrate --down    revert the last migration
  fleetwatch migrate --down 2  revert the last two

Several processes may run the command at once: one migrates, and the others wait.";

pub(super) const SEED: &str = "\
Examples:
  FLEETWATCH_DATABASE__URL=postgres://user@host/fleet fleetwatch seed
  fleetwatch seed && fleetwatch simulate --vehicles 40   vehicles, and robots that move them

The command may be repeated: existing vehicles are not registered again.";

pub(super) const IMPORT: &str = "\
Examples:
  fleetwatch import vehicles.csv --dry-run   report every fault, register nothing
  fleetwatch import vehicles.csv
  fleetwatch import fleet.txt --format jsonl --organization 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70

CSV starts with the column names: type, name, manufacturer, model, specification.maxSpeed, details.lidarEnabled, ...;
JSON lines contain one vehicle per line, as in the REST API. An export can be imported elsewhere.";

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

The command publishes to FLEETWATCH_REDIS__URL. nav_msgs/Odometry, geometry_msgs/PoseStamped and
geometry_msgs/PoseWithCovarianceStamped are supported; other topics of the recording are listed and skipped.";

pub(super) const SIMULATE: &str = "\
Examples:
  fleetwatch simulate --vehicles 40
  fleetwatch simulate --vehicles 100 --rate 10

The command publishes to FLEETWATCH_REDIS__URL. Vehicles that are missing from FLEETWATCH_DATABASE__URL are
registered first.";

pub(super) const DLQ: &str = "\
Examples:
  fleetwatch dlq list --reason jump      the newest letters with this reason
  fleetwatch dlq show 1732333333123-0    a letter with its message
  fleetwatch dlq replay 1732333333123-0  publish the message again if it would be accepted now
  fleetwatch dlq drop --all --yes        drop all letters

The letters are stored in FLEETWATCH_REDIS__URL. Servers can keep running.";

pub(crate) const DLQ_LIST: &str = "\
Examples:
  fleetwatch dlq list
  fleetwatch dlq list --vehicle 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70 --first 10
  fleetwatch dlq list --reason unknown_vehicle --json";

pub(crate) const DLQ_SHOW: &str = "\
Examples:
  fleetwatch dlq show 1732333333123-0
  fleetwatch dlq show 1732333333123-0 --json";

pub(crate) const DLQ_REPLAY: &str = "\
Examples:
  fleetwatch dlq replay 1732333333123-0 1732333333123-1
  fleetwatch dlq replay --reason disabled_vehicle --vehicle 0190a5f2-7c1e-7d54-9a3b-2f6c8e1d4b70
  fleetwatch dlq replay --all --yes

A message is judged as if its robot had sent it again now, by the registry in FLEETWATCH_DATABASE__URL. Letters that
would be rejected again remain; if such a letter was named by its id, the command fails. Selected letters are replayed
oldest first, and at most 100 of their messages are published per second; letters that are named by id are replayed in
the order given and without this limit.";

pub(crate) const DLQ_DROP: &str = "\
Examples:
  fleetwatch dlq drop 1732333333123-0
  fleetwatch dlq drop --reason not_json
  fleetwatch dlq drop --all --yes";

pub(super) const USER: &str = "\
Examples:
  fleetwatch user create --username ana --role ADMIN   prompts for the password
  fleetwatch user create --help                        all options";

pub(crate) const USER_CREATE: &str = "\
Examples:
  fleetwatch user create --username ana --role ADMIN            prompts for the password
  fleetwatch user create --username bot --role VIEWER < secret  reads it from the first line of a file

Users are stored in FLEETWATCH_DATABASE__URL. Run `fleetwatch migrate` first. The first administrator can also be
created with FLEETWATCH_AUTH__ADMIN_USERNAME and FLEETWATCH_AUTH__ADMIN_PASSWORD.";

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
  FLEETWATCH_ENV=production fleetwatch config   settings that are missing for production
  fleetwatch config --config fleetwatch.toml
  fleetwatch config --schema > fleetwatch.schema.json   for the line #:schema ./fleetwatch.schema.json of a file";

pub(super) const HEALTHCHECK: &str = "\
Examples:
  fleetwatch healthcheck                      fails unless the server is ready
  fleetwatch healthcheck --wait-s 30          waits up to 30 s for the server to become ready
  fleetwatch healthcheck --path /health/live  fails only if the server does not respond

The command connects to FLEETWATCH_HTTP__BIND. It can serve as the health check of container images without a shell.";
