//! Many sockets on few threads. The clients share the machine with the system that they measure, so they do as
//! little as will do: bytes that many sockets get are read once.

mod batch;
mod books;
mod connection;
mod ledger;
mod tally;
mod thread;
mod window;

use anyhow::Context as _;
use tokio::sync::{mpsc, oneshot};

pub use batch::{BATCH, x_of};
pub use books::Books;
pub use tally::Tally;
pub use window::Window;

use crate::{clock::Nanos, target::Endpoint, workload::Workload};
use thread::{Command, Plan};

/// Open sockets.
#[derive(Debug)]
pub struct Clients {
    threads: Vec<mpsc::Sender<Command>>,
}

impl Clients {
    /// Opens the sockets of a load, and returns when all of them are subscribed.
    ///
    /// # Errors
    /// When one of them is refused.
    pub async fn open(
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
                .map(|client| workload.watched_by(client));
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
            is_ready.await.context("the clients' thread ended")??;
        }
        Ok(Self { threads: running })
    }

    /// How many sockets have not got the newest update of each vehicle that they watch.
    ///
    /// # Errors
    /// When a thread has ended.
    pub async fn behind(&self) -> anyhow::Result<usize> {
        Ok(self.ask(Command::CountBehind).await?.into_iter().sum())
    }

    /// How many sockets have a vehicle of which nothing has come that was published after `since`.
    ///
    /// # Errors
    /// When a thread has ended.
    pub async fn stale_since(&self, since: Nanos) -> anyhow::Result<usize> {
        Ok(self
            .ask(|reply| Command::CountStale { since, reply })
            .await?
            .into_iter()
            .sum())
    }

    /// From now on nothing is read.
    ///
    /// # Errors
    /// When a thread has ended.
    pub async fn pause(&self) -> anyhow::Result<()> {
        self.ask(Command::Pause).await.map(|_| ())
    }

    /// Reads again.
    ///
    /// # Errors
    /// When a thread has ended.
    pub async fn resume(&self) -> anyhow::Result<()> {
        self.ask(Command::Resume).await.map(|_| ())
    }

    /// Closes the sockets and the books.
    ///
    /// # Errors
    /// When a frame was not understood, or a thread has ended.
    pub async fn finish(self) -> anyhow::Result<Tally> {
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
                .context("the clients' thread ended")?;
            answers.push(answer.await.context("the clients' thread ended")?);
        }
        Ok(answers)
    }
}
