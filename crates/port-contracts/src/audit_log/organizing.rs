use application::ports::AuditRecord;
use domain::AuditAction;
use serde_json::{Value, json};

use super::{Registry, an_actor, check_done};
use crate::registry::{an_organization, group_name, organization_name};

/// Checks that entries name the group's organisation.
pub async fn every_change_of_a_group_is_audited(registry: &dyn Registry) {
    let (groups, by) = (registry.groups(), an_actor());
    let organization = an_organization(registry).await;
    let made = groups.create(&by, organization, group_name("Hall A")).await;
    let made = made.expect("it is created");
    let renamed = groups.rename(&by, made.id, group_name("Hall B")).await;
    let renamed = renamed.expect("it is renamed");
    groups.delete(&by, made.id).await.expect("it is deleted");
    let expected = [
        AuditRecord::group_created(&made),
        AuditRecord::group_changed(&made, &renamed),
        AuditRecord::group_deleted(&renamed),
    ];
    assert_eq!(expected[1].organization_id, Some(organization));
    assert_eq!(
        expected[1].after.clone().map(Value::Object),
        Some(json!({"name": "Hall B"}))
    );
    check_done(registry, &by, &expected).await;
}

/// Checks that entries name the organisation itself.
pub async fn every_change_of_an_organization_is_audited(registry: &dyn Registry) {
    let (organizations, by) = (registry.organizations(), an_actor());
    let made = organizations.create(&by, organization_name("Nord")).await;
    let made = made.expect("it is created");
    let renamed = organizations.rename(&by, made.id, organization_name("Süd")).await;
    let renamed = renamed.expect("it is renamed");
    organizations.delete(&by, made.id).await.expect("it is deleted");
    let expected = [
        AuditRecord::organization_created(&made),
        AuditRecord::organization_changed(&made, &renamed),
        AuditRecord::organization_deleted(&renamed),
    ];
    assert_eq!(expected[2].action, AuditAction::DeleteOrganization);
    assert_eq!(expected[2].organization_id, Some(made.id));
    check_done(registry, &by, &expected).await;
}
