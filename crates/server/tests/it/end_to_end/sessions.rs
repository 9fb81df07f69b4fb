//! Ends of sessions, and how quickly a second server on the same stores enforces them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};

use super::{
    endpoints::graphql_socket_as,
    support::{ADMINISTRATOR, Client, Plant, Program, Tokens, until_ok},
};

/// Time within which every server enforces the end of a session.
const SOON: Duration = Duration::from_secs(2);

/// The open sockets of a session on a server.
struct Sockets {
    live: Client,
    graphql: Client,
}

impl Sockets {
    async fn open(program: &Program, token: &str) -> Self {
        Self {
            live: program.watch_all_as(token).await,
            graphql: graphql_socket_as(program, token).await,
        }
    }

    async fn check_closed_by(mut self, deadline: Instant, what: &str) {
        let closed = timeout_at(deadline, self.live.closed()).await;
        let (code, reason) = closed.unwrap_or_else(|_| panic!("/ws is still open: {what}"));
        assert_eq!((code, &*reason), (4401, "the session has ended"), "{what}");
        let closed = timeout_at(deadline, self.graphql.closed()).await;
        let (code, reason) = closed.unwrap_or_else(|_| panic!("/graphql/ws is still open: {what}"));
        assert_eq!((code, &*reason), (4403, "the session has ended"), "{what}");
    }

    async fn check_open(&mut self) {
        for socket in [&mut self.live, &mut self.graphql] {
            socket.send(json!({"type": "ping"})).await;
            socket
                .until("the answer", |message| (message["type"] == "pong").then_some(()))
                .await;
        }
    }
}

async fn refresh(program: &Program, token: &Value) -> (u16, Value) {
    let body = json!({"refreshToken": token});
    program.rest("POST", "/api/auth/refresh", None, Some(body)).await
}

/// Waits until a server rejects an access token.
async fn until_unknown(program: &Program, access: &str) {
    until_ok("the token is refused", || async {
        let (status, _) = program.rest("GET", "/api/auth/me", Some(access), None).await;
        (status == 401).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_use_of_a_refresh_token_ends_the_session_everywhere() {
    let plant = Plant::start().await;
    let (here, there) = (&plant.program, &plant.another(&[]).await);
    here.create_user("viewer", "VIEWER", None).await;
    for round in 0..5 {
        let what = format!("round {round}");
        let viewer = here.log_in("viewer", ADMINISTRATOR.1).await;
        let bystander = here.log_in("viewer", ADMINISTRATOR.1).await;
        let mut kept = Sockets::open(there, &bystander.access).await;
        let open = [
            Sockets::open(here, &viewer.access).await,
            Sockets::open(there, &viewer.access).await,
        ];

        let token = json!(viewer.refresh);
        let (one, other) = tokio::join!(refresh(here, &token), refresh(there, &token));
        let deadline = Instant::now() + SOON;
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "{what}: exactly one wins");
        let won = if one.0 == 200 { one.1 } else { other.1 };

        for sockets in open {
            sockets.check_closed_by(deadline, &what).await;
        }
        let fresh = won["accessToken"].as_str().expect("a token");
        for program in [here, there] {
            let both = async {
                tokio::join!(
                    until_unknown(program, &viewer.access),
                    until_unknown(program, fresh)
                )
            };
            timeout_at(deadline, both).await.expect("refused in time");
            for spent in [&won["refreshToken"], &token] {
                assert_eq!(
                    refresh(program, spent).await.0,
                    401,
                    "{what}: the whole family is over"
                );
            }
        }
        kept.check_open().await;
    }
}

/// The ways in which a session can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    LogOut,
    LogOutByRefreshToken,
    Revoked,
    PasswordChanged,
    PasswordSet,
    Disabled,
    Deleted,
}

impl End {
    const ALL: [Self; 7] = [
        Self::LogOut,
        Self::LogOutByRefreshToken,
        Self::Revoked,
        Self::PasswordChanged,
        Self::PasswordSet,
        Self::Disabled,
        Self::Deleted,
    ];

    /// Returns `true` if the user's other sessions continue.
    const fn is_of_one_session(self) -> bool {
        matches!(self, Self::LogOut | Self::LogOutByRefreshToken | Self::Revoked)
    }

    async fn cause(self, program: &Program, ended: &Tokens, other: &Tokens) {
        let user = format!("/api/users/{}", ended.user);
        let ended_by = Some(&*ended.access);
        let (status, answer) = match self {
            Self::LogOut => program.rest("POST", "/api/auth/logout", ended_by, None).await,
            Self::LogOutByRefreshToken => {
                let body = json!({"refreshToken": ended.refresh});
                program.rest("POST", "/api/auth/logout", None, Some(body)).await
            }
            Self::Revoked => {
                let (_, sessions) = program.rest("GET", "/api/auth/sessions", ended_by, None).await;
                let sessions = sessions.as_array().expect("a list");
                let its = sessions.iter().find(|session| session["isCurrent"] == true);
                let path = format!(
                    "/api/auth/sessions/{}",
                    its.expect("it is there")["id"].as_str().expect("an id")
                );
                program.rest("DELETE", &path, Some(&other.access), None).await
            }
            Self::PasswordChanged => {
                let body =
                    json!({"currentPassword": ADMINISTRATOR.1, "newPassword": "something else entirely"});
                program
                    .rest("POST", "/api/auth/password", ended_by, Some(body))
                    .await
            }
            Self::PasswordSet => {
                let body = json!({"password": "something else entirely"});
                program.as_administrator("PATCH", &user, Some(body)).await
            }
            Self::Disabled => {
                program
                    .as_administrator("PATCH", &user, Some(json!({"isEnabled": false})))
                    .await
            }
            Self::Deleted => program.as_administrator("DELETE", &user, None).await,
        };
        assert!((200..300).contains(&status), "{self:?}: {status} {answer}");
    }
}

async fn check_every_end(here: &Program, there: &Program, when: &str) {
    let mut administrator = Sockets::open(there, &here.administrator().await.access).await;
    for (number, end) in End::ALL.into_iter().enumerate() {
        let what = format!("{end:?}, {when}");
        let name = format!("viewer-{number}");
        let ended = here.create_user(&name, "VIEWER", None).await;
        let other = here.log_in(&name, ADMINISTRATOR.1).await;
        let sockets = Sockets::open(there, &ended.access).await;
        let mut others = Sockets::open(there, &other.access).await;

        end.cause(here, &ended, &other).await;
        let deadline = Instant::now() + SOON;
        sockets.check_closed_by(deadline, &what).await;
        let refused = timeout_at(deadline, until_unknown(there, &ended.access)).await;
        refused.unwrap_or_else(|_| panic!("its token is still accepted: {what}"));
        assert_eq!(refresh(there, &json!(ended.refresh)).await.0, 401, "{what}");
        if end.is_of_one_session() {
            others.check_open().await;
        } else {
            others.check_closed_by(deadline, &what).await;
        }
    }
    administrator.check_open().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_enforced_on_the_other_server() {
    let plant = Plant::start().await;
    let there = plant.another(&[]).await;
    check_every_end(&plant.program, &there, "with Redis").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_enforced_without_redis() {
    let mut plant = Plant::start().await;
    let there = plant.another(&[]).await;
    plant.redis.kill();
    check_every_end(&plant.program, &there, "without Redis").await;
}
