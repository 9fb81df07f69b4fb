//! A thread that serves many sockets: opening, reading and accounting.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    io,
    pin::Pin,
    rc::Rc,
    task::ready,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::{
    io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
    sync::{Notify, mpsc, oneshot},
    task::{JoinSet, LocalSet},
    time::{Instant, sleep},
};

use super::{
    Books, Tally,
    batch::BatchReader,
    connection,
    ledger::{Ledger, Rules},
    update::UpdateReader,
};
use crate::{
    clock::Nanos,
    protocols::{Area, Dialogue, Frame, Incoming},
    target::Endpoint,
    websocket::{CLOSE, FrameReader, PING, PONG, client_frame},
};

/// Number of sockets that are opened concurrently.
const OPENING: usize = 32;
/// Time limit for all subscriptions.
const PATIENCE: Duration = Duration::from_secs(120);
/// Maximum number of bytes per read.
const SCRATCH_BYTES: usize = 256 * 1024;
/// The frames of one in this many sockets are also parsed in full, to check the recognised content.
const CHECKED: usize = 25;

/// Task of a thread.
#[derive(Debug)]
pub(super) struct Plan {
    pub endpoint: Endpoint,
    /// Subscription of each socket.
    pub watched: Vec<Watched>,
    /// Number of all vehicles.
    pub all: u32,
    pub books: Books,
}

/// Subscription of a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watched {
    /// Number of the first vehicle, and number of vehicles.
    pub vehicles: (u32, u32),
    /// Area of the vehicles, if the subscription is limited to one.
    pub area: Option<Area>,
}

/// Command to a thread, with the channel for its reply.
pub(super) enum Command {
    CountBehind(oneshot::Sender<usize>),
    CountStale {
        since: Nanos,
        reply: oneshot::Sender<usize>,
    },
    Pause(oneshot::Sender<()>),
    Resume(oneshot::Sender<()>),
    Finish(oneshot::Sender<anyhow::Result<Tally>>),
}

/// State of a socket's input.
struct Input {
    frames: FrameReader,
    dialogue: Dialogue,
}

/// Consequences of the received bytes.
#[derive(Debug, Default)]
struct Taken {
    /// Frames to send.
    answers: Vec<u8>,
    /// Whether the server has closed the socket.
    is_last: bool,
}

/// Runs until [`Command::Finish`], or until the sender of commands is dropped.
pub(super) fn run(plan: Plan, inbox: mpsc::Receiver<Command>, ready: oneshot::Sender<anyhow::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime needs no more");
    LocalSet::new().block_on(&runtime, Thread::new(plan).run(inbox, ready));
}

struct Thread {
    plan: Plan,
    batches: RefCell<BatchReader>,
    updates: UpdateReader,
    ledgers: RefCell<Vec<Ledger>>,
    tally: RefCell<Tally>,
    scratch: RefCell<Box<[u8]>>,
    failure: RefCell<Option<anyhow::Error>>,
    subscribed: Cell<usize>,
    is_paused: Cell<bool>,
    resumed: Notify,
}

impl Thread {
    fn new(plan: Plan) -> Rc<Self> {
        Rc::new(Self {
            batches: RefCell::new(BatchReader::new(&plan.books.ids)),
            updates: UpdateReader::new(&plan.books.ids),
            ledgers: RefCell::new(
                plan.watched
                    .iter()
                    .map(|watched| Ledger::new(watched.vehicles))
                    .collect(),
            ),
            tally: RefCell::default(),
            scratch: RefCell::new(vec![0; SCRATCH_BYTES].into()),
            failure: RefCell::default(),
            subscribed: Cell::default(),
            is_paused: Cell::default(),
            resumed: Notify::new(),
            plan,
        })
    }

    async fn run(
        self: Rc<Self>,
        mut inbox: mpsc::Receiver<Command>,
        ready: oneshot::Sender<anyhow::Result<()>>,
    ) {
        let mut sockets = JoinSet::new();
        let opened = Rc::clone(&self).open(&mut sockets).await;
        // If the receiver was dropped, the result does not matter.
        let _ = ready.send(opened);
        while let Some(command) = inbox.recv().await {
            // As above: a reply without a receiver may be dropped.
            match command {
                Command::CountBehind(reply) => {
                    let _ = reply.send(self.count(|ledger| !ledger.is_up_to_date(&self.plan.books.log)));
                }
                Command::CountStale { since, reply } => {
                    let _ =
                        reply.send(self.count(|ledger| !ledger.is_fresher_than(since, &self.plan.books.log)));
                }
                Command::Pause(reply) => {
                    self.is_paused.set(true);
                    let _ = reply.send(());
                }
                Command::Resume(reply) => {
                    self.is_paused.set(false);
                    self.resumed.notify_waiters();
                    let _ = reply.send(());
                }
                Command::Finish(reply) => {
                    let _ = reply.send(self.finish());
                    return;
                }
            }
        }
    }

    fn count(&self, matches: impl Fn(&Ledger) -> bool) -> usize {
        self.ledgers
            .borrow()
            .iter()
            .filter(|ledger| matches(ledger))
            .count()
    }

    async fn open(self: Rc<Self>, sockets: &mut JoinSet<()>) -> anyhow::Result<()> {
        let opening = stream::iter(0..self.plan.watched.len()).map(|socket| {
            let this = &self;
            async move {
                let Watched {
                    vehicles: (first, count),
                    area,
                } = this.plan.watched[socket];
                let is_one = area.is_none() && count < this.plan.all;
                let vehicle = is_one.then(|| this.plan.books.ids[first as usize]);
                let dialogue = Dialogue::new(this.plan.endpoint.protocol, vehicle).within(area);
                connection::open(&this.plan.endpoint, &dialogue)
                    .await
                    .map(|(stream, rest)| (socket, dialogue, stream, rest))
            }
        });
        let mut opening = opening.buffer_unordered(OPENING);
        while let Some((socket, dialogue, stream, rest)) = opening.try_next().await? {
            if dialogue.subscribes_in_handshake() {
                self.subscribed.set(self.subscribed.get() + 1);
            }
            sockets.spawn_local(Rc::clone(&self).read(socket, dialogue, stream, rest));
        }
        let deadline = Instant::now() + PATIENCE;
        while self.subscribed.get() < self.plan.watched.len() {
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            ensure!(
                Instant::now() < deadline,
                "not every socket was subscribed within {PATIENCE:?}"
            );
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    async fn read(self: Rc<Self>, socket: usize, dialogue: Dialogue, mut stream: TcpStream, rest: Vec<u8>) {
        let mut input = Input {
            frames: FrameReader::default(),
            dialogue,
        };
        let outcome = async {
            let mut taken = self.take(socket, &mut input, &rest)?;
            while !taken.is_last {
                if !taken.answers.is_empty() {
                    stream.write_all(&taken.answers).await?;
                }
                while self.is_paused.get() {
                    self.resumed.notified().await;
                }
                taken = self.read_once(socket, &mut stream, &mut input).await?;
            }
            anyhow::Ok(())
        };
        match outcome.await {
            Ok(()) => self.tally.borrow_mut().closed += 1,
            // Some peers disconnect subscribers to which they can't send fast enough.
            Err(error) if error.is::<io::Error>() && self.plan.endpoint.protocol.is_unbatched() => {
                self.tally.borrow_mut().closed += 1;
            }
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
            }
        }
    }

    async fn read_once(
        &self,
        socket: usize,
        stream: &mut TcpStream,
        input: &mut Input,
    ) -> anyhow::Result<Taken> {
        poll_fn(|cx| {
            let mut scratch = self.scratch.borrow_mut();
            let mut buffer = ReadBuf::new(&mut scratch);
            let polled: io::Result<()> = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
            let taken = polled
                .context("a connection broke")
                .and_then(|()| match buffer.filled() {
                    [] => Ok(Taken {
                        answers: Vec::new(),
                        is_last: true,
                    }),
                    bytes => self.take(socket, input, bytes),
                });
            taken.into()
        })
        .await
    }

    fn take(&self, socket: usize, input: &mut Input, bytes: &[u8]) -> anyhow::Result<Taken> {
        let received = Nanos::now();
        let (mut taken, mut outcome) = (Taken::default(), Ok(()));
        let Input { frames, dialogue } = input;
        frames.read(bytes, |opcode, payload| match opcode {
            PING => taken.answers.extend(client_frame(PONG, payload)),
            CLOSE => taken.is_last = true,
            _ if outcome.is_ok() => {
                outcome = dialogue.read(opcode, payload, |incoming| match incoming {
                    Incoming::Subscribed => {
                        self.subscribed.set(self.subscribed.get() + 1);
                        Ok(())
                    }
                    Incoming::Answer(frames) => {
                        taken.answers.extend(frames);
                        Ok(())
                    }
                    Incoming::Batch(frame) => self.enter_batch(socket, frame, received),
                    Incoming::Update(message) => self.enter_update(socket, message, received),
                });
            }
            _ => {}
        });
        outcome.map(|()| taken)
    }

    fn enter_batch(&self, socket: usize, frame: Frame<'_>, received: Nanos) -> anyhow::Result<()> {
        let mut reader = self.batches.borrow_mut();
        // Other sockets have the same vehicles, so they have probably received the same events.
        let Watched { vehicles, area } = self.plan.watched[socket];
        let is_shared = area.is_some() || vehicles.1 == self.plan.all;
        let (head, updates) = if is_shared {
            reader.recognise(frame)?
        } else {
            reader.read(frame)?
        };
        if is_shared && socket.is_multiple_of(CHECKED) {
            ensure!(
                reader.read(frame)? == (head, updates.clone()),
                "two different frames look alike"
            );
        }
        let (mut ledgers, mut tally) = (self.ledgers.borrow_mut(), self.tally.borrow_mut());
        let rules = self.rules();
        tally.count(frame.payload, rules.window.contains(&received));
        let ledger = &mut ledgers[socket];
        ledger.turn_page(head, &mut tally);
        for &update in &*updates {
            ledger.enter(update, received, &rules, &mut tally);
        }
        Ok(())
    }

    fn enter_update(&self, socket: usize, message: &[u8], received: Nanos) -> anyhow::Result<()> {
        let update = self.updates.recognise(message)?;
        if socket.is_multiple_of(CHECKED) {
            ensure!(
                self.updates.read(message)? == update,
                "a message differs from what its start suggests"
            );
        }
        let (mut ledgers, mut tally) = (self.ledgers.borrow_mut(), self.tally.borrow_mut());
        let rules = self.rules();
        tally.count(message, rules.window.contains(&received));
        if let Some(update) = update {
            ledgers[socket].enter(update, received, &rules, &mut tally);
        }
        Ok(())
    }

    fn rules(&self) -> Rules<'_> {
        let Books {
            log,
            window,
            same_interval,
            ..
        } = &self.plan.books;
        Rules {
            log,
            window: window.range(),
            same_interval: *same_interval,
        }
    }

    fn finish(&self) -> anyhow::Result<Tally> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut tally = self.tally.take();
        let rules = self.rules();
        self.ledgers
            .borrow()
            .iter()
            .for_each(|ledger| ledger.close(&rules, &mut tally));
        Ok(tally)
    }
}
