//! Fairness: the queries of one caller do not delay others.

use std::{sync::Arc, time::Duration};

use adapters_postgres::{Database, DatabaseOptions, PgGroupRepository, PgVehicleRepository};
use application::{
    Actor, Error,
    fairness::account::Account,
    paging::PageRequest,
    ports::{GroupRepository, VehicleFilter, VehicleRepository},
};
use domain::{AccessScope, OrganizationId, UserId};
use futures::future::join_all;
use test_stores::postgres::TestDatabase;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::DEADLINE;

const ALL: AccessScope = AccessScope::All;
const POOL: usize = 8;

/// Database in which tests lock the vehicles, so that only queries about them have to wait.
struct Scene {
    test: TestDatabase,
    database: Database,
}

impl Scene {
    async fn set() -> Self {
        let test = TestDatabase::create().await;
        let database = Database::connect(DatabaseOptions {
            url: test.url().parse().expect("a URL"),
            pool_size: POOL,
        });
        Self { test, database }
    }

    async fn count_vehicles(&self, account: Arc<Account>) -> Result<u64, Error> {
        let vehicles = PgVehicleRepository::new(self.database.clone());
        let all = VehicleFilter::default();
        account.run(vehicles.count(&ALL, &all)).await
    }

    async fn list_groups(&self, account: Arc<Account>) -> Result<(), Error> {
        let groups = PgGroupRepository::new(self.database.clone());
        let page = PageRequest::start();
        account.run(groups.find_all(&ALL, None, &page)).await.map(drop)
    }
}

fn a_user(organization: Option<OrganizationId>) -> Arc<Account> {
    Account::of(&Actor {
        user_id: UserId::from_uuid(Uuid::now_v7()),
        organization_id: organization,
        ..Actor::command_line()
    })
}

fn an_organization() -> Option<OrganizationId> {
    Some(OrganizationId::from_uuid(Uuid::now_v7()))
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_queries_of_a_user_do_not_delay_other_users() {
    let scene = Scene::set().await;
    let mut client = scene.test.client().await;
    let lock = client.transaction().await.expect("a transaction");
    lock.batch_execute("LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("it is locked");

    let greedy = a_user(an_organization());
    let hanging = join_all((0..100).map(|_| scene.count_vehicles(Arc::clone(&greedy))));
    let others = async {
        // The hundred queries have started by then.
        tokio::time::sleep(Duration::from_millis(200)).await;
        for _ in 0..20 {
            let began = Instant::now();
            scene
                .list_groups(a_user(an_organization()))
                .await
                .expect("a connection");
            assert!(
                began.elapsed() < Duration::from_millis(500),
                "{:?}",
                began.elapsed()
            );
        }
        lock.rollback().await.expect("the lock is released");
    };
    let (counted, ()) = timeout(DEADLINE, futures::future::join(hanging, others))
        .await
        .expect("all queries should end");
    assert!(
        counted.iter().all(Result::is_ok),
        "each query should get its turn: {counted:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_queries_of_an_organization_do_not_delay_others() {
    let scene = Scene::set().await;
    let mut client = scene.test.client().await;
    let lock = client.transaction().await.expect("a transaction");
    lock.batch_execute("LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("it is locked");

    let organization = an_organization();
    let hanging = join_all((0..20).map(|_| scene.count_vehicles(a_user(organization))));
    let others = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        scene
            .list_groups(a_user(an_organization()))
            .await
            .expect("a connection");
        lock.rollback().await.expect("the lock is released");
    };
    let (counted, ()) = futures::future::join(hanging, others).await;
    assert!(counted.iter().all(Result::is_ok), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_concurrent_queries_of_one_user_are_refused() {
    let scene = Scene::set().await;
    let greedy = a_user(None);
    let asked = join_all((0..1_000).map(|_| scene.list_groups(Arc::clone(&greedy))));
    let (asked, other) = futures::future::join(asked, scene.list_groups(a_user(None))).await;
    other.expect("another user");
    let refused = asked
        .iter()
        .filter(|outcome| matches!(outcome, Err(Error::RateLimited { .. })));
    let refused = refused.count();
    let answered = asked.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(refused > 0, "there is a limit");
    assert!(answered >= 200, "only {answered} were answered");
    assert_eq!(refused + answered, asked.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_duration_of_a_count_is_charged_to_the_account() {
    let scene = Scene::set().await;
    let account = a_user(None);
    scene.count_vehicles(Arc::clone(&account)).await.expect("a count");
    let before = account.calls_owed();

    let mut client = scene.test.client().await;
    let lock = client.transaction().await.expect("a transaction");
    lock.batch_execute("LOCK TABLE vehicles IN ACCESS EXCLUSIVE MODE")
        .await
        .expect("it is locked");
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        lock.rollback().await.expect("the lock is released");
    };
    let (counted, ()) = futures::future::join(scene.count_vehicles(Arc::clone(&account)), release).await;
    counted.expect("a count");
    assert!(account.calls_owed() - before >= 20, "{}", account.calls_owed());
    scene.list_groups(Arc::clone(&account)).await.expect("a page");
}
