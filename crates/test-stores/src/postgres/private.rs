//! A PostgreSQL server for one test.

use std::{
    fs::{self, File},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    cluster::{Cluster, Stop},
    server::Server,
};
use crate::small_disk::SmallDisk;

/// Time limit for the termination of killed processes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A PostgreSQL server that one test may stop, freeze and restart. It stops with its owner, no matter how the owner
/// terminates.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    server: Server,
    _user: File,
}

impl PrivatePostgres {
    /// Creates a cluster with an empty database and starts it.
    ///
    /// # Panics
    /// Panics if PostgreSQL is not installed, or does not start.
    pub async fn launch() -> Self {
        Self::launch_with(|_| String::new()).await
    }

    /// Launches a server like [`PrivatePostgres::launch`], with TLS and this certificate and key, both in PEM.
    ///
    /// # Panics
    /// Panics in the same cases as [`PrivatePostgres::launch`].
    pub async fn launch_with_tls(certificate: String, key: String) -> Self {
        Self::launch_with(move |cluster| {
            let (certificate, key) = (
                cluster.put("server.crt", &certificate),
                cluster.put("server.key", &key),
            );
            format!(
                "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
                certificate.display(),
                key.display()
            )
        })
        .await
    }

    /// Launches a server like [`PrivatePostgres::launch`], with messages in a language (such as `de`) if the
    /// translation is installed.
    ///
    /// # Panics
    /// Panics in the same cases as [`PrivatePostgres::launch`].
    pub async fn launch_speaking(language: &str) -> Self {
        let server = Self::launch().await;
        let language = language.to_owned();
        server
            .with_cluster(move |cluster| {
                cluster.stop(Stop::Fast);
                cluster.start_speaking(&language);
            })
            .await;
        server
    }

    /// Launches a server like [`PrivatePostgres::launch`], with its data on this disk, which must outlive the server.
    ///
    /// # Panics
    /// Panics in the same cases as [`PrivatePostgres::launch`].
    pub async fn launch_on(disk: &SmallDisk) -> Self {
        let directory = disk.path().to_owned();
        Self::launch_with(move |cluster| {
            cluster.keep_data_in(&directory);
            String::new()
        })
        .await
    }

    async fn launch_with(prepare: impl FnOnce(&Cluster) -> String + Send + 'static) -> Self {
        let launched = tokio::task::spawn_blocking(move || {
            let cluster = Cluster::named(&format!("private-{}", Uuid::now_v7().simple()));
            let user = {
                let _entrance = cluster.entrance();
                cluster.claim()
            };
            cluster.watch(0);
            let server = cluster.launch(&prepare(&cluster));
            Self {
                cluster,
                server,
                _user: user,
            }
        });
        launched.await.expect("the server was launched")
    }

    #[must_use]
    pub fn url(&self) -> String {
        self.server.url("postgres")
    }

    /// Opens a connection as the superuser.
    ///
    /// # Panics
    /// Panics if the server does not respond.
    pub async fn client(&self) -> Client {
        self.server.client("postgres").await
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.server.port
    }

    /// Stops the server in an orderly way: sessions are ended, data is kept.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub async fn stop(&self) {
        self.with_cluster(|cluster| cluster.stop(Stop::Fast)).await;
    }

    /// Stops the server as a power cut would.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub async fn kill(&self) {
        self.with_cluster(|cluster| cluster.stop(Stop::Immediate)).await;
    }

    /// Kills all processes of the server at once, as Linux may do when the memory of a container is exhausted, and
    /// waits until they have terminated.
    ///
    /// # Panics
    /// Panics if the server is not running, or its processes do not terminate.
    pub async fn kill_processes(&self) {
        // Suspend them first, so that no child is started in the meantime.
        self.signal_all(Signal::STOP);
        let processes = self.processes();
        self.signal_all(Signal::KILL);
        let began = Instant::now();
        while !processes.iter().all(|process| has_ended(*process)) {
            assert!(began.elapsed() < PATIENCE, "{processes:?} do not terminate");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.with_cluster(Cluster::forget_processes).await;
    }

    /// Starts the server on its port, with its data, unless it is running. Returns `false` if it does not start, for
    /// example because it is still stopping.
    pub async fn start_unless_running(&self) -> bool {
        let cluster = self.cluster.clone();
        tokio::task::spawn_blocking(move || cluster.start_unless_running())
            .await
            .expect("the task does not panic")
    }

    /// Returns `true` if the server accepts connections and statements that write.
    pub async fn accepts_writes(&self) -> bool {
        let Ok(client) = self.server.try_client("postgres").await else {
            return false;
        };
        let write = "CREATE TABLE accepts_writes (); DROP TABLE accepts_writes";
        client.batch_execute(write).await.is_ok()
    }

    /// Restarts the server on its port, with its data.
    ///
    /// # Panics
    /// Panics if another process has taken the port.
    pub async fn start(&self) {
        self.with_cluster(Cluster::start).await;
    }

    /// Suspends all processes of the server: connections stay open, the kernel accepts new ones, and no response is
    /// sent.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Suspends the processes of the open connections: they stay open without a response, as if the network had
    /// forgotten them, and new ones work.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub fn freeze_connections(&self) {
        for process in self.processes().into_iter().skip(1) {
            // It may have exited already.
            let _ = kill_process(process, Signal::STOP);
        }
    }

    /// Resumes a frozen server, or its frozen connections.
    ///
    /// # Panics
    /// Panics if the server is not running.
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    #[cfg(test)]
    pub(super) fn home(&self) -> &std::path::Path {
        self.cluster.home()
    }

    fn signal_all(&self, signal: Signal) {
        for process in self.processes() {
            // A child may have exited already.
            let _ = kill_process(process, signal);
        }
    }

    /// Returns the processes of the server. The postmaster is the first, so that a signal reaches it before its
    /// children, and it starts no more of them.
    fn processes(&self) -> Vec<Pid> {
        let postmaster = self.cluster.postmaster();
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        std::iter::once(postmaster)
            .chain(numbers_in(&children))
            .map(|process| Pid::from_raw(process).expect("a process id"))
            .collect()
    }

    async fn with_cluster(&self, work: impl FnOnce(&Cluster) + Send + 'static) {
        let cluster = self.cluster.clone();
        tokio::task::spawn_blocking(move || work(&cluster))
            .await
            .expect("the task does not panic");
    }
}

fn numbers_in(file: &str) -> Vec<i32> {
    let text = fs::read_to_string(file).expect("Linux lists a process's children");
    text.split_whitespace()
        .map(|number| number.parse().expect("a process id"))
        .collect()
}

/// Returns `true` if a process has terminated, even if its parent has not noticed it yet.
fn has_ended(process: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero()));
    // The state is the first field after the name, which is in parentheses.
    let state = status.ok().and_then(|status| {
        let (_, fields) = status.rsplit_once(')')?;
        fields.trim_start().chars().next()
    });
    matches!(state, None | Some('Z' | 'X'))
}
