//! A server of a test's own.

use std::fs::{self, File};

use rustix::process::{Pid, Signal, kill_process};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    cluster::{Cluster, Stop},
    server::Server,
};

/// A PostgreSQL server that one test may stop, freeze and start again. It is gone with its owner, however that
/// ends.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    server: Server,
    _user: File,
}

impl PrivatePostgres {
    /// Makes a new cluster with an empty database and starts it.
    ///
    /// # Panics
    /// When there is no PostgreSQL on this machine, or it does not start.
    pub async fn launch() -> Self {
        Self::launch_with(|_| String::new()).await
    }

    /// The same with TLS, for which it has this certificate and its key, both as PEM.
    ///
    /// # Panics
    /// As [`PrivatePostgres::launch`].
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

    /// The same with messages in a language such as `de`, as far as this machine has PostgreSQL's translations.
    ///
    /// # Panics
    /// As [`PrivatePostgres::launch`].
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

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url("postgres")
    }

    /// A connection of the superuser's to it.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn client(&self) -> Client {
        self.server.client("postgres").await
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.server.port
    }

    /// Stops it as an operator would: sessions are ended, data is kept.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn stop(&self) {
        self.with_cluster(|cluster| cluster.stop(Stop::Fast)).await;
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&self) {
        self.with_cluster(|cluster| cluster.stop(Stop::Immediate)).await;
    }

    /// Starts it again on its port, with its data.
    ///
    /// # Panics
    /// When its port was taken meanwhile.
    pub async fn start(&self) {
        self.with_cluster(Cluster::start).await;
    }

    /// Stops all its processes where they are: connections stand, new ones are taken by the kernel, and nobody
    /// answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn freeze(&self) {
        self.signal_all(Signal::STOP);
    }

    /// Lets a frozen server go on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn thaw(&self) {
        self.signal_all(Signal::CONT);
    }

    #[cfg(test)]
    pub(super) fn home(&self) -> &std::path::Path {
        self.cluster.home()
    }

    fn signal_all(&self, signal: Signal) {
        let postmaster = self.cluster.postmaster();
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        // The first of them first: it makes no more children then.
        for process in std::iter::once(postmaster).chain(numbers_in(&children)) {
            let process = Pid::from_raw(process).expect("a process id");
            // A child may have ended meanwhile.
            let _ = kill_process(process, signal);
        }
    }

    async fn with_cluster(&self, work: impl FnOnce(&Cluster) + Send + 'static) {
        let cluster = self.cluster.clone();
        tokio::task::spawn_blocking(move || work(&cluster))
            .await
            .expect("PostgreSQL obeyed");
    }
}

fn numbers_in(file: &str) -> Vec<i32> {
    let text = fs::read_to_string(file).expect("Linux lists a process's children");
    text.split_whitespace()
        .map(|number| number.parse().expect("a process id"))
        .collect()
}
