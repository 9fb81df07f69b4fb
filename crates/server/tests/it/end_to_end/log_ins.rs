//! Limits on log-in attempts, which stop guessing but not the account's owner.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    endpoints::{Answer, graphql_request},
    support::{ADMINISTRATOR, Plant, Program},
    visitor::Visitor,
};

/// A limit so low that no attempt is refilled during a test: refilling one takes 20 seconds.
const THREE: (&str, &str) = ("LIMITS__LOGIN_PER_MINUTE", "3");

/// Returns the number of 401 responses, and checks that all others are rate-limited.
fn checked(answers: &[Answer]) -> usize {
    let (wrong, refused): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == 401);
    refused.iter().for_each(|answer| answer.check_rate_limited());
    wrong.len()
}

/// Guesses a user's password repeatedly from one address.
async fn flood(program: &Program, attacker: &Visitor, guesses: usize) -> Vec<Answer> {
    stream::iter(0..guesses)
        .map(|number| async move {
            attacker
                .log_in(program, "owner", &format!("guess {number}"))
                .await
        })
        .buffer_unordered(32)
        .collect()
        .await
}

/// Returns the number of failed log-ins in the audit log.
async fn recorded(program: &Program) -> usize {
    let (_, failed) = program
        .as_administrator("GET", "/api/audit?action=auth.loginFailed&first=1", None)
        .await;
    failed["totalCount"].as_u64().expect("a number") as usize
}

/// Returns the maximum number of attempts within `time`: a burst of `per_minute`, and the attempts refilled meanwhile.
fn most(per_minute: usize, time: Duration) -> usize {
    per_minute + (time.as_secs_f64() * per_minute as f64 / 60.0) as usize + 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_guesses_is_stopped_and_the_owner_can_log_in() {
    const GUESSES: usize = 3_000;
    let plant = Plant::start().await;
    let program = &plant.program;
    program.create_user("owner", "VIEWER", None).await;
    let (attacker, owner) = (Visitor::at("127.0.0.9"), Visitor::at("127.0.0.2"));

    let began = Instant::now();
    let (answers, ()) = tokio::join!(flood(program, &attacker, GUESSES), async {
        for _ in 0..3 {
            let answer = owner.log_in(program, "owner", ADMINISTRATOR.1).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    });
    assert_eq!(answers.len(), GUESSES);
    let checked = checked(&answers);
    let most = most(30, began.elapsed());
    assert!(
        (1..=most).contains(&checked),
        "{checked} guesses were checked of {most}"
    );
    assert_eq!(recorded(program).await, checked);
}

/// Checks that passwords from an address known for the account are still verified beyond the limit per account and
/// address. Wrong ones are recorded but get the response of unverified ones. The limit per address bounds their number.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_from_a_known_address_are_limited_by_address() {
    const GUESSES: usize = 1_500;
    let plant = Plant::start().await;
    let program = &plant.program;
    program.create_user("owner", "VIEWER", None).await;
    let attacker = Visitor::at("127.0.0.9");
    let answer = attacker.log_in(program, "owner", ADMINISTRATOR.1).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    let began = Instant::now();
    let answers = flood(program, &attacker, GUESSES).await;
    let (checked, written) = (checked(&answers), recorded(program).await);
    let time = began.elapsed();
    assert!(
        (1..=most(30, time)).contains(&checked),
        "{checked} guesses were checked"
    );
    assert!(
        (checked..=most(300, time)).contains(&written),
        "{checked} guesses were checked, {written} written down in {time:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_from_a_known_address_is_checked_before_a_crowd() {
    let program = &Program::serve(&[("HTTP__TRUSTED_PROXIES", "127.0.0.3")]).await;
    program.create_user("owner", "VIEWER", None).await;
    let owner = Visitor::at("127.0.0.2");
    let came_in = async || owner.log_in(program, "owner", ADMINISTRATOR.1).await.status;
    assert_eq!(came_in().await, 200);

    // One guess from each of 1,000 addresses: more at once than may wait for a check.
    let (proxy, refused) = (Visitor::at("127.0.0.3"), Notify::new());
    let flood = stream::iter(0..1_000).for_each_concurrent(None, |number| {
        let attacker = proxy.forwarding(&format!("198.51.{}.{}", number / 250, number % 250 + 1));
        let refused = &refused;
        async move {
            let answer = attacker.log_in(program, "owner", "not the password").await;
            if answer.status == 429 {
                answer.check_rate_limited();
                refused.notify_one();
            } else {
                assert_eq!(answer.status, 401, "{answer:?}");
            }
        }
    });
    let comes = async {
        refused.notified().await;
        came_in().await
    };
    tokio::select! {
        biased;
        status = comes => assert_eq!(status, 200, "the crowd locks the owner out"),
        () = flood => panic!("no attempt had to wait"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_proxies_determine_the_client_address() {
    let proxies = [THREE, ("HTTP__TRUSTED_PROXIES", "127.0.0.3")];
    let program = &Program::serve(&proxies).await;
    program.create_user("owner", "VIEWER", None).await;
    let proxy = Visitor::at("127.0.0.3");
    // Only the last address was added by the proxy; the client can make up those before it.
    for (number, made_up) in ["192.0.2.1", "192.0.2.2", "192.0.2.3"].into_iter().enumerate() {
        let attacker = proxy.forwarding(&format!("{made_up}, 198.51.100.7"));
        let answer = attacker.log_in(program, "owner", "not the password").await;
        assert_eq!(answer.status, 401, "guess {number}: {answer:?}");
    }
    assert_eq!(
        proxy.forwarding("198.51.100.7").guesses(program, "owner").await,
        0
    );
    assert_eq!(
        proxy
            .forwarding("192.0.2.4, 198.51.100.7")
            .guesses(program, "owner")
            .await,
        0
    );
    let owner = proxy.forwarding("203.0.113.9");
    let answer = owner.log_in(program, "owner", ADMINISTRATOR.1).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    // The header of a client that is not a trusted proxy is ignored.
    let stranger = Visitor::at("127.0.0.2");
    let mut statuses = Vec::new();
    for number in 0..4 {
        let stranger = stranger.forwarding(&format!("203.0.113.{number}"));
        statuses.push(stranger.log_in(program, "owner", "not the password").await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429]);
    check_addresses(program, &["127.0.0.2", "203.0.113.9", "198.51.100.7"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_can_log_in_from_a_known_address_whose_limit_is_used_up() {
    let program = &Program::serve(&[THREE]).await;
    program.create_user("owner", "VIEWER", None).await;
    program.create_user("other", "VIEWER", None).await;
    // Behind an untrusted proxy all clients share one address.
    let (shared, elsewhere) = (Visitor::at("127.0.0.4"), Visitor::at("127.0.0.5"));
    assert_eq!(shared.log_in(program, "owner", ADMINISTRATOR.1).await.status, 200);
    assert_eq!(shared.guesses(program, "owner").await, 2);
    for name in ["owner", "OWNER"] {
        let answer = shared.log_in(program, name, ADMINISTRATOR.1).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    // A checked guess gets the same response as an unchecked one, and takes as long.
    assert_eq!(elsewhere.guesses(program, "owner").await, 3);
    assert_eq!(shared.guesses(program, "nobody-there").await, 3);
    for (visitor, name, password) in [
        (&shared, "owner", "not the password"),
        (&elsewhere, "owner", ADMINISTRATOR.1),
        (&shared, "nobody-there", "not the password"),
    ] {
        let began = Instant::now();
        let answer = visitor.log_in(program, name, password).await;
        assert_eq!(answer.status, 429, "{answer:?}");
        answer.check_rate_limited();
        assert!(
            began.elapsed() >= Duration::from_millis(250),
            "{:?}",
            began.elapsed()
        );
    }
    // An account that has not logged in from this address remains locked for that address.
    assert_eq!(shared.guesses(program, "other").await, 3);
    assert_eq!(shared.log_in(program, "other", ADMINISTRATOR.1).await.status, 429);
}

/// Checks the addresses of the owner's log-ins in the audit log, newest first, without repetitions.
async fn check_addresses(program: &Program, expected: &[&str]) {
    let (_, log) = program
        .as_administrator("GET", "/api/audit?first=100", None)
        .await;
    let entries = log["items"].as_array().expect("a list").iter();
    let mut addresses: Vec<&Value> = entries
        .filter(|entry| entry["actorName"] == "owner")
        .map(|entry| &entry["address"])
        .filter(|address| *address != "127.0.0.1")
        .collect();
    addresses.dedup();
    assert_eq!(addresses, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_limits_and_count_separately_while_redis_is_unavailable() {
    let mut plant = Plant::with(&[THREE]).await;
    let there = plant.another(&[THREE]).await;
    for name in ["owner", "another"] {
        plant.program.create_user(name, "VIEWER", None).await;
    }
    let attacker = Visitor::at("127.0.0.2");
    let first = attacker.log_in(&there, "owner", "not the password").await;
    assert_eq!(first.status, 401, "{first:?}");
    assert_eq!(attacker.guesses(&plant.program, "owner").await, 2);
    assert_eq!(attacker.guesses(&there, "owner").await, 0);

    plant.redis.kill();
    assert_eq!(attacker.guesses(&plant.program, "another").await, 3);
    assert_eq!(attacker.guesses(&there, "another").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_apis_and_all_spellings_of_a_name_share_a_limit() {
    let program = &Program::serve(&[THREE]).await;
    program.create_user("owner", "VIEWER", None).await;
    let attacker = Visitor::at("127.0.0.2");
    for name in ["owner", "OWNER", "Owner"] {
        assert_eq!(
            attacker.log_in(program, name, "not the password").await.status,
            401
        );
    }
    let query = r#"mutation { login(username: "owner", password: "not the password") { accessToken } }"#;
    let request = attacker
        .request(program, "POST", "/graphql")
        .json(&json!({"query": query}));
    let answer = Answer::to(request).await.json();
    let error = &answer["errors"][0]["extensions"];
    assert_eq!(error["code"], "RATE_LIMITED", "{answer}");
    assert!(error["retryAfterMs"].as_u64() > Some(0), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_do_not_reveal_whether_a_user_exists() {
    let program = &Program::serve(&[]).await;
    program.create_user("viewer", "VIEWER", None).await;
    for (name, change) in [("disabled", "PATCH"), ("deleted", "DELETE")] {
        let path = format!(
            "/api/users/{}",
            program.create_user(name, "VIEWER", None).await.user
        );
        let body = (change == "PATCH").then(|| json!({"isEnabled": false}));
        let (status, answer) = program.as_administrator(change, &path, body).await;
        assert!((200..300).contains(&status), "{answer}");
    }
    let by_rest = async |(name, password): (&str, &str)| {
        let guess = json!({"username": name, "password": password});
        Answer::to(program.request("POST", "/api/auth/login").json(&guess)).await
    };
    let by_graphql = async |(name, password): (&str, &str)| {
        let (name, password) = (json!(name), json!(password));
        let query = format!("mutation {{ login(username: {name}, password: {password}) {{ accessToken }} }}");
        Answer::to(graphql_request(program, &query)).await
    };
    let (right, wrong) = (ADMINISTRATOR.1, "not the password");
    let (long_name, long_password) = ("n".repeat(3_000), "p".repeat(3_000));
    for guess in [
        ("nobody", right),
        ("disabled", right),
        ("disabled", wrong),
        ("deleted", right),
        ("no name: \u{1f916}", wrong),
        (&*long_name, wrong),
        ("viewer", &*long_password),
    ] {
        let (expected, answer) = (by_rest(("viewer", wrong)).await, by_rest(guess).await);
        expected.check_unauthenticated_problem("a wrong password");
        assert_eq!(shape(&answer), shape(&expected), "{guess:?}");
        let (expected, answer) = (by_graphql(("viewer", wrong)).await, by_graphql(guess).await);
        let code = &expected.json()["errors"][0]["extensions"]["code"];
        assert_eq!(code, "UNAUTHENTICATED", "{expected:?}");
        assert_eq!(shape(&answer), shape(&expected), "{guess:?}");
    }
}

/// Returns all parts of a response that could reveal whether a user exists.
fn shape(answer: &Answer) -> (u16, Vec<(String, String)>, Value) {
    let mut body = answer.json();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("requestId");
    }
    let changes = ["x-request-id", "date", "ratelimit"];
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !changes.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    (answer.status, headers, body)
}
