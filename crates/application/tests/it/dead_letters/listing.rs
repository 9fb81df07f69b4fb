//! Lists of dead letters.

use application::{
    Error,
    dead_letters::{DeadLetterBatch, DeadLetterFilter, DeadLetterQuery},
    telemetry::Reason,
};
use domain::Role;

use super::{Scene, of};
use crate::stage::{a, an_actor_with, an_administrator, unknown_id};

#[tokio::test]
async fn letters_are_listed_by_their_filters_within_the_scope() {
    let scene = Scene::new();
    let [one, two] = [
        scene.stage.forklift("one", true).await.id,
        scene.stage.forklift("two", true).await.id,
    ];
    let first = scene.store(Some(one), Reason::Jump, "a").await;
    let second = scene.store(Some(two), Reason::Jump, "b").await;
    let third = scene.store(Some(one), Reason::OutOfOrder, "c").await;
    let stranger = scene.store(Some(unknown_id()), Reason::UnknownVehicle, "d").await;
    let nameless = scene.store(None, Reason::NotJson, "e").await;

    let everyone = an_administrator();
    let all = [nameless, stranger, third, second, first];
    assert_eq!(scene.listed(&everyone, of(None, None)).await, all);
    assert_eq!(
        scene.listed(&everyone, of(Some(Reason::Jump), None)).await,
        [second, first]
    );
    assert_eq!(scene.listed(&everyone, of(None, Some(one))).await, [third, first]);
    assert_eq!(
        scene.listed(&everyone, of(Some(Reason::Jump), Some(one))).await,
        [first]
    );
    assert_eq!(
        scene.listed(&everyone, of(None, Some(unknown_id()))).await,
        [stranger]
    );

    let of_one = an_actor_with(&[one]);
    assert_eq!(scene.listed(&of_one, of(None, None)).await, [third, first]);
    assert_eq!(scene.listed(&of_one, of(None, Some(two))).await, []);
    let letters = &scene.app.dead_letters;
    assert!(letters.get(&of_one, first).await.is_ok());
    for hidden in [second, stranger, nameless] {
        for refused in [
            letters.get(&of_one, hidden).await.map(drop),
            letters.replay_one(&of_one, hidden).await.map(drop),
            letters.drop_one(&of_one, hidden).await,
        ] {
            assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn pages_continue_behind_their_cursors() {
    let scene = Scene::new();
    let mut stored = Vec::new();
    for number in 0..7 {
        stored.push(
            scene
                .store(None, Reason::NotJson, &format!("number {number}"))
                .await,
        );
    }
    stored.reverse();
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let query = DeadLetterQuery {
            first: Some(3),
            after,
            ..DeadLetterQuery::default()
        };
        let page = scene.app.dead_letters.list(&an_administrator(), &query).await;
        let page = page.expect("memory");
        let (has_next, cursor) = (page.has_next, page.end_cursor().map(str::to_owned));
        read.extend(page.into_items().into_iter().map(|stored| stored.id));
        if !has_next {
            break;
        }
        after = cursor;
    }
    assert_eq!(read, stored);

    let nonsense = DeadLetterQuery {
        first: Some(0),
        after: Some("nonsense".to_owned()),
        ..DeadLetterQuery::default()
    };
    let refused = scene.app.dead_letters.list(&an_administrator(), &nonsense).await;
    let Err(Error::Invalid(faults)) = refused else {
        panic!("it is accepted")
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["first", "after"]);
}

#[tokio::test]
async fn others_than_administrators_are_refused() {
    let scene = Scene::new();
    let id = scene.store(None, Reason::NotJson, "a").await;
    let letters = &scene.app.dead_letters;
    for role in [Role::Viewer, Role::Operator] {
        let actor = a(role);
        let batch = DeadLetterBatch::default();
        for refused in [
            letters.list(&actor, &DeadLetterQuery::default()).await.map(drop),
            letters
                .count(&actor, &DeadLetterFilter::default())
                .await
                .map(drop),
            letters.get(&actor, id).await.map(drop),
            letters.replay_one(&actor, id).await.map(drop),
            letters.replay_batch(&actor, &batch).await.map(drop),
            letters.drop_one(&actor, id).await,
            letters.drop_batch(&actor, &batch).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
        }
    }
    assert_eq!(scene.letters.kept().len(), 1);
}
