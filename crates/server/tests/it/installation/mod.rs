//! The set-up of docs/operations.md and the backup of docs/backup.md, followed to the letter.
//!
//! Their blocks with the attribute `machine` are meant for a machine that has nothing else on it. They are run one
//! after another in one shell, with real PostgreSQL, Redis and HAProxy servers: paths and ports in them are replaced,
//! and programs that would change the machine are functions of `machine.sh`.

mod machine;
mod registry;

use machine::Machine;
use registry::Registry;
use serde_json::json;

use crate::{
    end_to_end::support::until_ok,
    examples::markdown::{Block, OF_A_MACHINE, Page},
};

const OPERATIONS: &str = "docs/operations.md";
const BACKUP: &str = "docs/backup.md";

fn blocks(page: &str) -> Vec<Block> {
    let all = Page::read(page).blocks().into_iter();
    all.filter(|block| block.attributes == OF_A_MACHINE).collect()
}

async fn follow(machine: &mut Machine, page: &str, blocks: &[Block]) {
    assert!(!blocks.is_empty(), "{page} has no commands for a machine");
    for block in blocks {
        machine
            .paste(&format!("{page}:{}", block.line), &block.text)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_set_up_works_and_nothing_is_missing_after_a_restore() {
    let mut machine = Machine::prepare().await;
    follow(&mut machine, OPERATIONS, &blocks(OPERATIONS)).await;
    let vehicle = machine.value("$vehicle").await;
    let seen = format!("{vehicle} {{'x': ");
    assert!(machine.output().contains(&seen), "{}", machine.output());

    let password = machine.value("$user_password").await;
    let mut registry = Registry::log_in(machine.address(), "ana", &password).await;
    for (path, status) in [("/docs", 404), ("/graphiql", 404), ("/metrics", 401)] {
        assert_eq!(registry.status(path).await, status, "{path}");
    }
    registry.fill().await;
    let before = registry.read().await;

    let commands = blocks(BACKUP);
    let (end_of_sessions, commands) = commands.split_last().expect("the page has commands");
    follow(&mut machine, BACKUP, commands).await;

    assert_eq!(
        machine.tables("fleetwatch").await,
        machine.tables("fleetwatch_before").await
    );
    assert_eq!(registry.read().await, before, "read with the same access token");
    assert_eq!(registry.refresh().await, 200);
    let code = machine.attempt("UPDATE audit_log SET actor_name = 'x'").await;
    assert_eq!(
        code.as_deref(),
        Some("42501"),
        "the audit log is not protected any more"
    );
    registry.add_vehicle("Added after the restore").await;
    machine
        .paste(
            "a robot",
            r#"REDISCLI_AUTH=$robots_password redis-cli --user robots PUBLISH vehicle:position:update \
                '{"vehicleId":"'"$vehicle"'","x":5,"y":3,"z":0,"heading":0,"timestamp":'"$(date +%s%3N)"'}'"#,
        )
        .await;
    until_ok("the position is known", || async {
        let (status, position) = registry
            .call("GET", &format!("/api/vehicles/{vehicle}/position"), None)
            .await;
        (status == 200 && position["x"] == json!(5.0)).then_some(())
    })
    .await;

    assert!(end_of_sessions.text.contains("DELETE FROM sessions"));
    follow(&mut machine, BACKUP, std::slice::from_ref(end_of_sessions)).await;
    assert_eq!(registry.status("/api/vehicles").await, 401);
    assert_eq!(registry.refresh().await, 401);
    Registry::log_in(machine.address(), "ana", &password).await;
}

#[test]
fn only_these_pages_have_commands_for_a_machine() {
    for page in Page::all() {
        let has_some = page.blocks().iter().any(|block| block.attributes == OF_A_MACHINE);
        assert_eq!(
            has_some,
            [OPERATIONS, BACKUP].contains(&&*page.path),
            "{}",
            page.path
        );
    }
}
