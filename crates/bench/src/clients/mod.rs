//! Many sockets on few threads. The clients share the machine with the system under measurement, so they do as little
//! work as possible: events that many sockets receive are parsed once.

mod batch;
mod books;
mod connection;
mod ledger;
mod sample;
mod tally;
mod thread;
mod update;
mod window;

use anyhow::Context as _;
use tokio::sync::{mpsc, oneshot};

pub(crate) use batch::{seq_of, x_of};
pub(crate) use books::Books;
pub(crate) use connection::{connect, upgrade, upgrade_request};
pub(crate) use sample::bytes_per_update;
pub(crate) use tally::Tally;
pub(crate) use window::Window;

use crate::{clock::Nanos, target::Endpoint, workload::Workload};
use thread::{Command, Plan, Watched};

/// A set of open sockets.
#[derive(Debug)]
pub(crate) struct Clients {
    threads: Vec<mpsc::Sender<Command>>,
}

impl Clients {
    /// Opens the sockets of a load, and returns when all of them are subscribed.
    ///
    /// # Errors
    /// Fails if a socket or a subscription is refused.
    pub(crate) async fn open(
        endpoint: &Endpoint,
        workload: &Workload,
        books: &Books,
        threads: u32,
    ) -> anyhow::Result<Self> {
        let mut opening = Vec::new();
        let mut running = Vec::new();
        let threads = threads.clamp(1, workload.clients.max(1));
        for thread in 0..threads {
            let watched = (thread..workload.clients)
                .step_by(threads as usize)
                .map(|client| Watched {
                    vehicles: workload.watched_by(client),
                    area: workload.area_of(client),
                });
            let plan = Plan {
                endpoint: endpoint.clone(),
                watched: watched.collect(),
                all: workload.vehicles,
                books: books.clone(),
            };
            let (commands, inbox) = mpsc::channel(4);
            let (ready, is_ready) = oneshot::channel();
            std::thread::Builder::new()
                .name(format!("clients-{thread}"))
                .spawn(move || thread::run(plan, inbox, ready))
                .context("a thread for the clients")?;
            opening.push(is_ready);
            running.push(commands);
        }
        for is_ready in opening {
            is_ready.await.context("the clients' thread has exited")??;
        }
        Ok(Self { threads: running })
    }

    /// Returns the number of sockets that lack the newest update of one of their vehicles.
    ///
    /// # Errors
    /// Fails if a thread has exited.
    pub(crate) async fn behind(&self) -> anyhow::Result<usize> {
        Ok(self.ask(Command::CountBehind).await?.into_iter().sum())
    }

    /// Returns the number of sockets that lack an update published at or after `since` for one of their vehicles.
    ///
    /// # Errors
    /// Fails if a thread has exited.
    pub(crate) async fn stale_since(&self, since: Nanos) -> anyhow::Result<usize> {
        Ok(self
            .ask(|reply| Command::CountStale { since, reply })
            .await?
            .into_iter()
            .sum())
    }

    /// Stops reading from the sockets.
    ///
    /// # Errors
    /// Fails if a thread has exited.
    pub(crate) async fn pause(&self) -> anyhow::Result<()> {
        self.ask(Command::Pause).await.map(|_| ())
    }

    /// Resumes reading.
    ///
    /// # Errors
    /// Fails if a thread has exited.
    pub(crate) async fn resume(&self) -> anyhow::Result<()> {
        self.ask(Command::Resume).await.map(|_| ())
    }

    /// Closes the sockets and returns the result of the accounting.
    ///
    /// # Errors
    /// Fails if a frame could not be parsed, or a thread has exited.
    pub(crate) async fn finish(self) -> anyhow::Result<Tally> {
        let mut sum = Tally::default();
        for tally in self.ask(Command::Finish).await? {
            sum += &tally?;
        }
        Ok(sum)
    }

    async fn ask<T>(&self, command: impl Fn(oneshot::Sender<T>) -> Command) -> anyhow::Result<Vec<T>> {
        let mut answers = Vec::new();
        for thread in &self.threads {
            let (reply, answer) = oneshot::channel();
            thread
                .send(command(reply))
                .await
                .ok()
                .context("the clients' thread has exited")?;
            answers.push(answer.await.context("the clients' thread has exited")?);
        }
        Ok(answers)
    }
}
