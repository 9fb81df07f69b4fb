use application::{
    Origin,
    paging::PageRequest,
    ports::{AuditEntry, AuditFilter, AuditRecord, Author, LogInFailure},
};
use domain::{AccessScope, AuditAction, Operation, OrganizationId, UserId};
use test_builders::{a_user, a_vehicle, an_origin};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Registry, record_in};
use crate::{
    pages,
    people::entries,
    registry::{EVERYTHING, a_group, an_organization, no_organization, now, scope},
};

/// Returns an author, who has no user id if `number` is 0.
fn author(number: u128) -> Author {
    Author {
        user_id: (number > 0).then(|| UserId::from_uuid(Uuid::from_u128(number))),
        name: format!("name {number}").into(),
        origin: an_origin(),
    }
}

async fn record(registry: &dyn Registry, author: &Author, record: AuditRecord) {
    let recorded = registry.audit().record(author, record).await;
    recorded.expect("it is recorded");
}

/// Checks that texts are unchanged, and that each entry has an id and the time at which it was recorded.
pub async fn recorded_entries_are_read_back(registry: &dyn Registry) {
    let organization = an_organization(registry).await;
    let user = a_user().of(organization).register(registry.users()).await;
    let with_user = Author {
        user_id: Some(user.id),
        name: "O'Hare \"%_\\ 搬送車".into(),
        origin: an_origin(),
    };
    let without_user = Author {
        user_id: None,
        name: "".into(),
        origin: Origin::default(),
    };
    let in_ipv6 = Author {
        origin: Origin {
            address: Some("2001:db8::7".parse().expect("an address")),
            request_id: None,
        },
        ..without_user.clone()
    };
    for (author, written) in [
        (
            &with_user,
            AuditRecord::refused(Operation::ManageUsers, Some(organization)),
        ),
        (
            &without_user,
            AuditRecord::log_in_failed(None, LogInFailure::UnknownUser),
        ),
        (
            &in_ipv6,
            AuditRecord::log_in_failed(Some(&user), LogInFailure::WrongPassword),
        ),
    ] {
        // Times are stored in whole milliseconds.
        let began = now() - Duration::milliseconds(1);
        record(registry, author, written.clone()).await;
        let entry = entries(registry, &AuditFilter::default()).await.remove(0);
        assert_eq!(record_in(&entry), written);
        assert_eq!(entry.actor_id, author.user_id);
        assert_eq!(entry.actor_name, &*author.name);
        let address = author.origin.address.map(|address| address.to_string());
        assert_eq!(entry.address, address);
        assert_eq!(entry.request_id.as_deref(), author.origin.request_id.as_deref());
        assert_eq!(entry.id.as_uuid().get_version_num(), 7);
        assert!((began..=now()).contains(&entry.at), "{began} {}", entry.at);
    }
}

async fn walk(
    registry: &dyn Registry,
    scope: &AccessScope,
    filter: &AuditFilter,
    first: u32,
) -> Vec<AuditEntry> {
    let find = async |request| {
        let page = registry.audit().find_all(scope, filter, &request).await;
        page.expect("a page")
    };
    pages::walk(first, |entry: &AuditEntry| entry.id, find).await
}

/// Checks that pages have no gaps and no repetition, even while entries are added.
pub async fn entries_are_read_in_pages_newest_first(registry: &dyn Registry) {
    let everything = AuditFilter::default();
    assert_eq!(walk(registry, &EVERYTHING, &everything, 1).await, []);
    for number in 0..6 {
        let failed = AuditRecord::log_in_failed(None, LogInFailure::UnknownUser);
        record(registry, &author(number), failed).await;
    }
    let all = entries(registry, &everything).await;
    let names: Vec<&str> = all.iter().map(|entry| entry.actor_name.as_str()).collect();
    assert_eq!(
        names,
        ["name 5", "name 4", "name 3", "name 2", "name 1", "name 0"]
    );
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id && newer.at >= older.at));
    for first in 1..=7 {
        let seen = walk(registry, &EVERYTHING, &everything, first).await;
        assert_eq!(seen, all, "in pages of {first}");
    }
    let count = registry.audit().count(&EVERYTHING, &everything).await;
    assert_eq!(count.expect("a number"), 6);

    let failed = AuditRecord::log_in_failed(None, LogInFailure::UnknownUser);
    record(registry, &author(7), failed).await;
    let request = PageRequest::forward(2, Some(all[1].id));
    let page = registry
        .audit()
        .find_all(&EVERYTHING, &everything, &request)
        .await;
    assert_eq!(page.expect("a page").items, all[2..4]);
}

/// Checks that a filter finds the same entries as an independent implementation. Returns their number.
async fn check_finds(registry: &dyn Registry, all: &[AuditEntry], filter: AuditFilter) -> usize {
    let fits = |entry: &&AuditEntry| {
        filter.actor.is_none_or(|actor| entry.actor_id == Some(actor))
            && filter.action.is_none_or(|action| entry.action == action)
            && filter
                .subject
                .is_none_or(|subject| entry.subject_id == Some(subject))
            && filter.from.is_none_or(|from| from <= entry.at)
            && filter.to.is_none_or(|to| entry.at < to)
    };
    let expected: Vec<AuditEntry> = all.iter().filter(fits).cloned().collect();
    let found = walk(registry, &EVERYTHING, &filter, 3).await;
    assert_eq!(found, expected, "{filter:?}");
    let count = registry.audit().count(&EVERYTHING, &filter).await;
    assert_eq!(count.expect("a number"), expected.len() as u64, "{filter:?}");
    expected.len()
}

/// Creates entries about three subjects by three authors, with a pause after each author. Returns them, newest first.
async fn a_history(registry: &dyn Registry) -> Vec<AuditEntry> {
    let vehicles = [0, 1, 2].map(|_| a_vehicle().build());
    for number in 0..3 {
        for vehicle in &vehicles {
            record(registry, &author(number), AuditRecord::vehicle_created(vehicle)).await;
            record(registry, &author(number), AuditRecord::vehicle_deleted(vehicle)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    entries(registry, &AuditFilter::default()).await
}

/// Reads with each part of a filter. Time ranges include their start and exclude their end, to a fraction of a
/// millisecond.
pub async fn every_filter_finds_its_entries(registry: &dyn Registry) {
    let all = a_history(registry).await;
    let everything = AuditFilter::default;
    for number in [1, 2, 404] {
        let actor = author(number).user_id;
        let found = check_finds(
            registry,
            &all,
            AuditFilter {
                actor,
                ..everything()
            },
        )
        .await;
        assert_eq!(found, if number == 404 { 0 } else { 6 });
    }
    for action in [
        AuditAction::CreateVehicle,
        AuditAction::DeleteVehicle,
        AuditAction::LogIn,
    ] {
        let action = Some(action);
        check_finds(
            registry,
            &all,
            AuditFilter {
                action,
                ..everything()
            },
        )
        .await;
    }
    for subject in [all[0].subject_id, all[2].subject_id, Some(Uuid::from_u128(404))] {
        check_finds(
            registry,
            &all,
            AuditFilter {
                subject,
                ..everything()
            },
        )
        .await;
    }
    let (first, last) = (all[all.len() - 1].at, all[0].at);
    let edges = [
        OffsetDateTime::UNIX_EPOCH,
        first - Duration::MICROSECOND,
        first,
        first + Duration::MICROSECOND,
        all[9].at,
        last,
        last + Duration::MICROSECOND,
        last + Duration::DAY,
    ];
    for edge in edges {
        let from = Some(edge);
        let later = check_finds(registry, &all, AuditFilter { from, ..everything() }).await;
        let to = Some(edge);
        let earlier = check_finds(registry, &all, AuditFilter { to, ..everything() }).await;
        assert_eq!(later + earlier, all.len());
        check_finds(
            registry,
            &all,
            AuditFilter {
                from: Some(first),
                to,
                ..everything()
            },
        )
        .await;
    }
}

/// Checks that entries must match all parts of a filter.
pub async fn filters_of_entries_are_combined(registry: &dyn Registry) {
    let all = a_history(registry).await;
    let middle = all[9].at;
    for actor in [None, author(1).user_id] {
        for action in [None, Some(AuditAction::DeleteVehicle)] {
            for subject in [None, all[0].subject_id] {
                for (from, to) in [(None, None), (Some(middle), None), (None, Some(middle))] {
                    let filter = AuditFilter {
                        actor,
                        action,
                        subject,
                        from,
                        to,
                    };
                    check_finds(registry, &all, filter).await;
                }
            }
        }
    }
    let one = AuditFilter {
        actor: author(1).user_id,
        action: Some(AuditAction::DeleteVehicle),
        subject: all[0].subject_id,
        ..AuditFilter::default()
    };
    assert_eq!(check_finds(registry, &all, one).await, 1);
}

/// Checks that an entry without an organisation is only visible in the scope of everything, and that scopes of groups
/// and vehicles contain no entries.
pub async fn an_entry_is_visible_within_its_organization(registry: &dyn Registry) {
    let (ours, theirs) = (an_organization(registry).await, an_organization(registry).await);
    let group = a_group(registry, ours).await.id;
    let vehicle = a_vehicle().of(ours).register(registry.vehicles()).await.id;
    a_vehicle().of(theirs).register(registry.vehicles()).await;
    a_user().register(registry.users()).await;
    let everything = AuditFilter::default();
    let all = entries(registry, &everything).await;
    let of = |organizations: &[OrganizationId]| -> Vec<AuditEntry> {
        let is_of_them = |entry: &&AuditEntry| {
            let organization = entry.organization_id;
            organization.is_some_and(|organization| organizations.contains(&organization))
        };
        all.iter().filter(is_of_them).cloned().collect()
    };
    for (scope, expected) in [
        (EVERYTHING, all.clone()),
        (scope(&[ours], &[]), of(&[ours])),
        (scope(&[theirs], &[vehicle]), of(&[theirs])),
        (scope(&[ours, theirs], &[]), of(&[ours, theirs])),
        (scope(&[no_organization()], &[]), vec![]),
        (AccessScope::of_groups([group]), vec![]),
        (AccessScope::of_vehicles([vehicle]), vec![]),
        (AccessScope::nothing(), vec![]),
    ] {
        assert_eq!(
            walk(registry, &scope, &everything, 2).await,
            expected,
            "{scope:?}"
        );
        let count = registry.audit().count(&scope, &everything).await;
        assert_eq!(count.expect("a number"), expected.len() as u64);
    }
    assert_eq!(of(&[ours]).len(), 3);
    assert_eq!(of(&[theirs]).len(), 2);
    assert!(all.iter().any(|entry| entry.organization_id.is_none()));
}
