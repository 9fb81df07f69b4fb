//! Private stores, servers that reach them through proxies, and the address for clients.

use rustix::process::Signal;
use test_stores::{ports::free_port, postgres::PrivatePostgres, redis::RedisServer, small_disk::SmallDisk};

use super::{PORTS, access::Access, clock::Clock, ha_proxy::HaProxy, tcp_proxy::TcpProxy};
use crate::end_to_end::support::Program;

/// Size of PostgreSQL's disk if a fault fills it. A new cluster takes up about 40 MiB.
const DISK_MIB: u32 = 128;

/// Number of vehicles with a robot.
const ROBOTS: usize = 5;

/// Parts of a stage that only some faults need.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Equipment {
    /// Two servers behind HAProxy, instead of one server.
    pub(super) is_balanced: bool,
    /// A settable clock for the server.
    pub(super) has_clock: bool,
    /// A small disk for the data of PostgreSQL.
    pub(super) has_small_disk: bool,
}

pub(super) struct Stage {
    pub(super) servers: Vec<Server>,
    balancer: Option<HaProxy>,
    pub(super) to_postgres: TcpProxy,
    pub(super) to_redis: TcpProxy,
    pub(super) postgres: PrivatePostgres,
    pub(super) redis: RedisServer,
    clock: Option<Clock>,
    disk: Option<SmallDisk>,
}

impl Stage {
    /// Starts all parts.
    ///
    /// # Errors
    /// Returns the reason if this machine does not allow a part.
    pub(super) async fn start(equipment: Equipment) -> Result<Self, String> {
        let disk = equipment.has_small_disk.then(|| SmallDisk::mount(DISK_MIB));
        let disk = disk.transpose()?;
        let postgres = match &disk {
            Some(disk) => PrivatePostgres::launch_on(disk).await,
            None => PrivatePostgres::launch().await,
        };
        let redis = RedisServer::start();
        let to_postgres = TcpProxy::before(postgres.port()).await;
        let to_redis = TcpProxy::before(redis.port()).await;
        let clock = equipment.has_clock.then(Clock::right);
        let variables = [
            (
                "DATABASE__URL",
                format!("postgres://postgres@127.0.0.1:{}/postgres", to_postgres.port()),
            ),
            ("REDIS__URL", format!("redis://127.0.0.1:{}", to_redis.port())),
            // All clients log in as the same user, from the same address.
            ("LIMITS__API_PER_SECOND", "100000".to_owned()),
            ("LIMITS__API_BURST", "100000".to_owned()),
            ("LIMITS__LOGIN_PER_MINUTE", "60000".to_owned()),
        ];
        let environment = clock.as_ref().map(Clock::environment).unwrap_or_default();
        let mut servers = Vec::new();
        let number = if equipment.is_balanced { 2 } else { 1 };
        for _ in 0..number {
            let mut server = Server {
                program: None,
                address: format!("127.0.0.1:{}", free_port(PORTS)),
                variables: variables.to_vec(),
                environment: environment.clone(),
            };
            server.start().await;
            servers.push(server);
        }
        let addresses: Vec<_> = servers.iter().map(|server| server.address.clone()).collect();
        let balancer = match equipment.is_balanced {
            true => Some(HaProxy::before(&addresses).await),
            false => None,
        };
        Ok(Self {
            servers,
            balancer,
            to_postgres,
            to_redis,
            postgres,
            redis,
            clock,
            disk,
        })
    }

    /// Registers and enables the vehicles of the robots, and returns their ids.
    pub(super) async fn register_robots(&self) -> Vec<String> {
        let program = self.servers[0].program();
        program.until_fed().await;
        let mut ids = Vec::new();
        for number in 1..=ROBOTS {
            ids.push(program.create_enabled(&format!("Robot {number}")).await);
        }
        ids
    }

    /// Creates a client of the service.
    pub(super) fn access(&self) -> Access {
        match &self.balancer {
            Some(balancer) => Access::to(balancer.address()),
            None => Access::to(&self.servers[0].address),
        }
    }

    pub(super) fn clock(&self) -> &Clock {
        self.clock.as_ref().expect("this stage has a clock")
    }

    pub(super) fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().expect("this stage has a small disk")
    }
}

/// A server that may be killed and started again at the same address.
pub(super) struct Server {
    program: Option<Program>,
    /// Host and port.
    address: String,
    variables: Vec<(&'static str, String)>,
    environment: Vec<(&'static str, String)>,
}

impl Server {
    /// Starts the server, and waits until it is ready.
    pub(super) async fn start(&mut self) {
        let mut variables = pairs(&self.variables);
        variables.push(("HTTP__BIND", self.address.as_str()));
        let program = Program::start_in(&["serve"], &variables, &pairs(&self.environment)).await;
        self.program = Some(program);
    }

    /// Kills the server, and waits until it has exited.
    pub(super) async fn kill(&mut self) {
        let program = self.program.take().expect("the server runs");
        program.kill().await;
    }

    pub(super) fn signal(&self, signal: Signal) {
        self.program().signal(signal);
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("the server runs")
    }
}

fn pairs<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    let pairs = variables.iter();
    pairs.map(|(name, value)| (*name, value.as_str())).collect()
}
