//! The queries, in GraphQL and SQL.

/// A query for a page of 50 vehicles.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) title: &'static str,
    /// Arguments of `vehicles` besides the pagination.
    pub(super) arguments: &'static str,
    /// SQL that follows `WHERE deleted_at IS NULL`.
    pub(super) condition: &'static str,
    pub(super) order: &'static str,
}

pub(super) const QUESTIONS: &[Question] = &[
    Question {
        title: "the first page, without a filter",
        arguments: "",
        condition: "",
        order: "v.id",
    },
    Question {
        title: "a type, a status, and enabled vehicles only",
        arguments: "filter: {type: AMR, status: MOVING, enabled: true}, ",
        condition: "AND v.kind = 'AMR' AND v.status = 'MOVING' AND v.is_enabled",
        order: "v.id",
    },
    Question {
        title: "a rare status",
        arguments: "filter: {status: ERROR}, ",
        condition: "AND v.status = 'ERROR'",
        order: "v.id",
    },
    Question {
        title: "a group of 10,000",
        arguments: "filter: {groupId: \"00000000-0000-7000-8000-000000000101\"}, ",
        condition: "AND v.id IN (SELECT vehicle_id FROM group_members \
                    WHERE group_id = '00000000-0000-7000-8000-000000000101')",
        order: "v.id",
    },
    Question {
        title: "a search text that few vehicles contain",
        arguments: "filter: {search: \"picker 99\"}, ",
        condition: "AND v.search_text LIKE '%picker 99%'",
        order: "v.id",
    },
    Question {
        title: "a type, sorted by name",
        arguments: "filter: {type: AGV}, sort: {field: NAME}, ",
        condition: "AND v.kind = 'AGV'",
        order: "lower(v.name COLLATE \"C\"), v.id",
    },
    Question {
        title: "the vehicles that changed last",
        arguments: "sort: {field: UPDATED_AT, direction: DESC}, ",
        condition: "",
        order: "v.updated_at DESC, v.id DESC",
    },
];

impl Question {
    /// Returns the GraphQL document.
    pub(super) fn graphql(&self) -> String {
        let fields = "id type name manufacturer model status isEnabled version createdAt updatedAt \
                      specification { maxSpeed maxLoad batteryCapacity } position { x y heading timestamp mapId }";
        format!(
            "{{ vehicles({}pagination: {{first: 50}}) {{ nodes {{ {fields} }} pageInfo {{ endCursor hasNextPage }} }} }}",
            self.arguments
        )
    }

    /// Returns one SQL statement that reads the same vehicles, with everything that the server reads about them.
    pub(super) fn sql(&self) -> String {
        format!(
            "SELECT v.*, a.*, g.*, o.*, f.*, \
                 ARRAY(SELECT m.group_id FROM group_members m WHERE m.vehicle_id = v.id ORDER BY m.group_id) \
             FROM (SELECT * FROM vehicles v WHERE v.deleted_at IS NULL {} ORDER BY {} LIMIT 51) v \
             LEFT JOIN amr_details a ON a.vehicle_id = v.id \
             LEFT JOIN agv_details g ON g.vehicle_id = v.id \
             LEFT JOIN oht_details o ON o.vehicle_id = v.id \
             LEFT JOIN forklift_details f ON f.vehicle_id = v.id \
             ORDER BY {};",
            self.condition, self.order, self.order
        )
    }
}
