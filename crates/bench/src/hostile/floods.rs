//! Attacks by number: many connections, many bytes, many requests, each bounded by the time of a measurement.

use std::{collections::BTreeMap, fmt, net::Ipv4Addr, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Mutex,
    task::JoinSet,
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    raw::{RawRequest, address, connect},
    requests,
    scene::Scene,
};

/// The floods, in the order in which they are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flood {
    SilentBodies,
    ChunkedBodies,
    ViewerImports,
    IdleConnections,
    BigMessages,
    Counts,
    Rehearsals,
    Strangers,
    Bombs,
    Doorbells,
}

/// How many answers of each kind came.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(BTreeMap<String, u32>);

impl Answers {
    fn count(&mut self, answer: String) {
        *self.0.entry(answer).or_default() += 1;
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self
            .0
            .iter()
            .map(|(answer, count)| format!("{count} × {answer}"))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

impl Flood {
    pub(super) const ALL: [Self; 10] = [
        Self::SilentBodies,
        Self::ChunkedBodies,
        Self::ViewerImports,
        Self::IdleConnections,
        Self::BigMessages,
        Self::Counts,
        Self::Rehearsals,
        Self::Strangers,
        Self::Bombs,
        Self::Doorbells,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::SilentBodies => "1,500 log-ins that announce 1 MB, send it but for a byte, and fall silent",
            Self::ChunkedBodies => "300 GraphQL requests with 1 MB in chunks and no end",
            Self::ViewerImports => "150 imports of 16 MB by a VIEWER",
            Self::IdleConnections => "1,100 idle connections without a token, every other with half a head",
            Self::BigMessages => "300 messages of 1 MB a second from one publisher",
            Self::Counts => "12 clients with 99 counts a request",
            Self::Rehearsals => "12 rehearsals of an import of 100,000 rows",
            Self::Strangers => "requests without a token, as fast as 8 clients can",
            Self::Bombs => "the single requests above, again and again from 4 clients",
            Self::Doorbells => "40,000 messages on fleetwatch:events",
        }
    }

    /// Attacks until it is over.
    ///
    /// # Errors
    /// When the attack can't be made; what the server answers is no error.
    pub(super) async fn run(
        self,
        scene: &Scene,
        vehicles: &[Uuid],
        is_over: &CancellationToken,
    ) -> anyhow::Result<Answers> {
        let attack = async {
            match self {
                Self::SilentBodies => held(scene, 1_500, 3, login_without_its_last_byte).await,
                Self::ChunkedBodies => held(scene, 300, 4, |_| graphql_in_chunks()).await,
                Self::ViewerImports => viewer_imports(scene).await,
                Self::IdleConnections => held(scene, 1_100, 5, half_a_head).await,
                Self::BigMessages => big_messages(scene, vehicles).await,
                Self::Counts => counts(scene).await,
                Self::Rehearsals => rehearsals(scene).await,
                Self::Strangers => strangers(scene).await,
                Self::Bombs => bombs(scene).await,
                Self::Doorbells => doorbells(scene).await,
            }
        };
        // Every attack goes on until it is dropped, with all of its connections and tasks; the answers so far count.
        let answers = ANSWERS.scope(Arc::default(), async {
            is_over.run_until_cancelled(attack).await.transpose()?;
            anyhow::Ok(ANSWERS.with(Arc::clone))
        });
        let answers = answers.await?;
        let counted = answers.lock().await.clone();
        Ok(counted)
    }
}

tokio::task_local! {
    /// The answers to the attack that is run by this task.
    static ANSWERS: Arc<Mutex<Answers>>;
}

/// Counts the answers to requests that one of several clients sends one after the other, without end.
async fn again_and_again(
    scene: &Scene,
    clients: u16,
    request: impl Fn(u16, u32) -> RawRequest,
) -> anyhow::Result<()> {
    let answers = ANSWERS.with(Arc::clone);
    let mut tasks = JoinSet::new();
    let next = |tasks: &mut JoinSet<_>, client: u16, number: u32| {
        let (request, server) = (request(client, number), scene.address);
        tasks.spawn(async move { (client, number, request.send(server).await) });
    };
    for client in 0..clients {
        next(&mut tasks, client, 0);
    }
    while let Some(done) = tasks.join_next().await {
        let (client, number, answer) = done?;
        let kind = match answer {
            Ok(answer) => answer
                .status
                .map_or("closed".to_owned(), |status| status.to_string()),
            Err(_) => "no answer".to_owned(),
        };
        answers.lock().await.count(kind);
        next(&mut tasks, client, number + 1);
    }
    Ok(())
}

/// Opens so many connections, each from an address of its own, sends something, and keeps them open.
async fn held(
    scene: &Scene,
    connections: u16,
    net: u8,
    bytes: impl Fn(u16) -> Vec<u8>,
) -> anyhow::Result<()> {
    let answers = ANSWERS.with(Arc::clone);
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let (bytes, server) = (bytes(number), scene.address);
        tasks.spawn(async move { hold(address(net, number / 4), server, &bytes).await });
        sleep(Duration::from_millis(1)).await;
    }
    while let Some(end) = tasks.join_next().await {
        answers.lock().await.count(end?);
    }
    // All were ended by the server: that was the attack.
    std::future::pending().await
}

/// The status of the server's answer, or how else it ended the connection.
async fn hold(from: Ipv4Addr, server: std::net::SocketAddr, bytes: &[u8]) -> String {
    let Ok(mut connection) = connect(from, server).await else {
        return "refused".to_owned();
    };
    // The answer counts whether or not all was taken.
    let _ = connection.write_all(bytes).await;
    let mut answer = [0; 12];
    match connection.read_exact(&mut answer).await {
        Ok(_) => String::from_utf8_lossy(&answer[9..]).into_owned(),
        Err(_) => "closed".to_owned(),
    }
}

fn login_without_its_last_byte(_: u16) -> Vec<u8> {
    let head = "POST /api/auth/login HTTP/1.1\r\nHost: fleetwatch\r\nContent-Type: application/json\r\n\
                Content-Length: 1000000\r\n\r\n";
    [head.as_bytes(), &vec![b' '; 999_999]].concat()
}

fn graphql_in_chunks() -> Vec<u8> {
    let head = "POST /graphql HTTP/1.1\r\nHost: fleetwatch\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, " ".repeat(100_000));
    [head.as_bytes(), chunk.repeat(10).as_bytes()].concat()
}

fn half_a_head(number: u16) -> Vec<u8> {
    if number.is_multiple_of(2) {
        Vec::new()
    } else {
        b"GET /api/vehicles HTTP/1.1\r\nHost: fleetwatch\r\nX-Slow: ".to_vec()
    }
}

async fn viewer_imports(scene: &Scene) -> anyhow::Result<()> {
    let body = vec![b'x'; 16_000_000];
    again_and_again(scene, 150, |client, _| {
        RawRequest {
            from: Ipv4Addr::LOCALHOST,
            line: "POST /api/vehicles/import?format=csv".to_owned(),
            headers: format!("Content-Type: text/csv\r\n{}", scene.viewer),
            body: body.clone(),
        }
        .from(address(6, client))
    })
    .await
}

async fn counts(scene: &Scene) -> anyhow::Result<()> {
    again_and_again(scene, 12, |client, number| {
        let alias = |n| {
            format!(
                "a{n}:vehicles(filter:{{search:\"{}\"}}){{totalCount}}",
                client * 99 + n
            )
        };
        let query = format!("{{{} # {number}\n}}", (0..99).map(alias).collect::<String>());
        RawRequest::json(
            "POST /graphql",
            &scene.viewer,
            json!({"query": query}).to_string(),
        )
    })
    .await
}

async fn rehearsals(scene: &Scene) -> anyhow::Result<()> {
    let rows: String = (0..100_000)
        .map(|n| format!("Rehearsed {n},FORKLIFT,Acme\n"))
        .collect();
    let body = format!("name,type,manufacturer\n{rows}").into_bytes();
    again_and_again(scene, 12, |_, _| RawRequest {
        from: Ipv4Addr::LOCALHOST,
        line: "POST /api/vehicles/import?format=csv&dryRun=true".to_owned(),
        headers: format!("Content-Type: text/csv\r\n{}", scene.administrator),
        body: body.clone(),
    })
    .await
}

async fn strangers(scene: &Scene) -> anyhow::Result<()> {
    again_and_again(scene, 8, |_, _| {
        RawRequest::json("POST /graphql", "", r#"{"query":"{vehicles{totalCount}}"}"#).from(address(7, 1))
    })
    .await
}

async fn bombs(scene: &Scene) -> anyhow::Result<()> {
    let requests = requests::all(scene);
    again_and_again(scene, 4, |client, number| {
        let turn = usize::from(client) + number as usize;
        requests[turn % requests.len()]
            .request()
            .clone()
            .from(address(8, client))
    })
    .await
}

async fn big_messages(scene: &Scene, vehicles: &[Uuid]) -> anyhow::Result<()> {
    const PER_SECOND: u32 = 300;
    let element =
        |id: Uuid| json!({"vehicleId": id, "x": 1, "y": 1, "z": 0, "heading": 0, "timestamp": 1}).to_string();
    // One known vehicle, and one that nobody knows, in arrays just below the limit of a message.
    let messages = [vehicles[0], Uuid::now_v7()].map(|id| {
        let element = element(id);
        format!(
            "[{}]",
            vec![element.as_str(); 1_000_000 / (element.len() + 1)].join(",")
        )
    });
    let mut beat = interval(Duration::from_secs(1) / PER_SECOND);
    publish(scene, "vehicle:position:update", async |number: usize| {
        beat.tick().await;
        messages[number % messages.len()].clone()
    })
    .await
}

async fn doorbells(scene: &Scene) -> anyhow::Result<()> {
    const IN_ALL: usize = 40_000;
    publish(scene, "fleetwatch:events", async |number: usize| {
        if number >= IN_ALL {
            std::future::pending::<()>().await;
        }
        (1_000_000 + number).to_string()
    })
    .await
}

/// Publishes one message after the other, by the protocol of Redis, and reads its answers.
async fn publish(
    scene: &Scene,
    channel: &str,
    mut message: impl AsyncFnMut(usize) -> String,
) -> anyhow::Result<()> {
    let (mut reader, mut writer) = TcpStream::connect(scene.redis).await?.into_split();
    let mut answers = JoinSet::new();
    answers.spawn(async move { tokio::io::copy(&mut reader, &mut tokio::io::sink()).await });
    for number in 0.. {
        let message = message(number).await;
        let command = format!(
            "*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n${}\r\n{message}\r\n",
            channel.len(),
            message.len()
        );
        writer.write_all(command.as_bytes()).await?;
    }
    Ok(())
}
