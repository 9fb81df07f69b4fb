//! Dropping of dead letters.

use application::{
    Error,
    dead_letters::{DeadLetterBatch, DeadLetterQuery},
    telemetry::Reason,
};
use domain::{AuditAction, OrganizationId};
use serde_json::json;

use super::{Scene, of};
use crate::stage::an_administrator;

#[tokio::test]
async fn letters_are_dropped_up_to_a_letter_and_audited_by_organization() {
    let scene = Scene::new();
    let vehicle = scene.stage.forklift("one", true).await.id;
    for number in 0..3 {
        scene
            .store(Some(vehicle), Reason::Jump, &number.to_string())
            .await;
    }
    let until = scene.store(None, Reason::Jump, "nameless").await;
    let later = scene.store(None, Reason::Jump, "later").await;
    let other = scene.store(None, Reason::NotJson, "other").await;
    let batch = DeadLetterBatch {
        query: DeadLetterQuery {
            filter: of(Some(Reason::Jump), None),
            ..DeadLetterQuery::default()
        },
        until: Some(until),
    };
    let dropped = scene
        .app
        .dead_letters
        .drop_batch(&an_administrator(), &batch)
        .await
        .expect("memory");
    assert_eq!((dropped.dropped, dropped.next), (4, None));
    assert_eq!(
        scene.listed(&an_administrator(), of(None, None)).await,
        [other, later]
    );
    let mut entries = scene.audited(AuditAction::DropDeadLetters).await;
    entries.sort_by_key(|entry| entry.organization_id);
    let [nameless, owned] = &entries[..] else {
        panic!("{} entries", entries.len())
    };
    assert_eq!((nameless.organization_id, nameless.subject_id), (None, None));
    assert_eq!(json!(nameless.before)["deadLetterId"], json!(until.to_string()));
    assert_eq!(owned.organization_id, Some(OrganizationId::DEFAULT));
    assert_eq!(owned.subject_id, Some(*vehicle.as_uuid()));
    let before = json!(owned.before);
    assert_eq!(
        (&before["count"], &before["reasons"]),
        (&json!(3), &json!({"jump": 3}))
    );

    let letters = &scene.app.dead_letters;
    letters
        .drop_one(&an_administrator(), other)
        .await
        .expect("it exists");
    let again = letters.drop_one(&an_administrator(), other).await;
    assert!(matches!(again, Err(Error::NotFound { .. })));
    assert_eq!(scene.audited(AuditAction::DropDeadLetters).await.len(), 3);
}
