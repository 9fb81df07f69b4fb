//! Servers that restart or do not answer.

use super::*;

#[tokio::test]
async fn writes_succeed_again_after_redis_restarts_empty() {
    let mut server = RedisServer::start();
    let store = redis_at(&server.url()).live_store();
    store.write(&[a_record()]).await.expect("Redis is up");

    server.kill();
    assert!(
        store
            .write(&[a_record()])
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    assert!(
        store
            .get_position(id())
            .await
            .is_err_and(|error| error.is_unavailable())
    );
    assert!(
        store
            .activate(&[id()])
            .await
            .is_err_and(|error| error.is_unavailable())
    );

    server.restart_empty();
    // The script is sent again.
    once_available(async || store.write(&[a_record()]).await).await;
    assert_eq!(store.read(&[id()]).await.expect("Redis is up").len(), 1);
}

#[tokio::test]
async fn a_server_that_does_not_answer_delays_no_call_for_long() {
    let server = RedisServer::start();
    let redis = redis_at(&server.url());
    let store = redis.live_store();
    store.write(&[a_record()]).await.expect("Redis is up");
    server.pause();
    let call = tokio::time::timeout(crate::DEADLINE, store.write(&[a_record()])).await;
    assert!(
        call.expect("an answer")
            .is_err_and(|error| error.is_unavailable())
    );
    let call = tokio::time::timeout(crate::DEADLINE, redis.ping()).await;
    assert!(
        call.expect("an answer")
            .is_err_and(|error| error.is_unavailable())
    );
    server.resume();
    once_available(async || store.write(&[a_record()]).await).await;
}
