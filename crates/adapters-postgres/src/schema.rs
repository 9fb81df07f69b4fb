//! The tables of the migrations, as far as this crate uses them.

diesel::table! {
    organizations (id) {
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    groups (id) {
        id -> Uuid,
        organization_id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    group_members (vehicle_id, group_id) {
        vehicle_id -> Uuid,
        group_id -> Uuid,
        organization_id -> Uuid,
    }
}

diesel::table! {
    vehicles (id) {
        id -> Uuid,
        organization_id -> Uuid,
        kind -> Text,
        name -> Text,
        manufacturer -> Text,
        model -> Nullable<Text>,
        status -> Text,
        is_enabled -> Bool,
        max_speed -> Double,
        max_load -> Double,
        battery_capacity -> Double,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        search_text -> Text,
    }
}

diesel::table! {
    amr_details (vehicle_id) {
        vehicle_id -> Uuid,
        lidar_enabled -> Bool,
        camera_enabled -> Bool,
        ultrasonic_enabled -> Bool,
        autonomy_level -> SmallInt,
        map_id -> Nullable<Text>,
        obstacle_avoidance_config -> Nullable<Json>,
    }
}

diesel::table! {
    agv_details (vehicle_id) {
        vehicle_id -> Uuid,
        guide_type -> Text,
        line_following_config -> Nullable<Json>,
        load_type -> Nullable<Text>,
        max_load_weight -> Nullable<Double>,
    }
}

diesel::table! {
    oht_details (vehicle_id) {
        vehicle_id -> Uuid,
        rail_id -> Text,
        hoist_status -> Nullable<Text>,
        rail_position -> Nullable<Double>,
        rail_segments -> Jsonb,
    }
}

diesel::table! {
    forklift_details (vehicle_id) {
        vehicle_id -> Uuid,
        mast_height -> Nullable<Double>,
        lift_height -> Nullable<Double>,
        fork_length -> Nullable<Double>,
        load_capacity -> Nullable<Double>,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        sequence -> Nullable<BigInt>,
        change -> Text,
        old_status -> Nullable<Text>,
        vehicle -> Json,
        user_id -> Nullable<Uuid>,
        happened_at -> Timestamptz,
    }
}

diesel::table! {
    outbox_position (is_only) {
        is_only -> Bool,
        newest -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Uuid,
        username -> Text,
        username_key -> Text,
        username_skeleton -> Nullable<Text>,
        role -> Text,
        organization_id -> Nullable<Uuid>,
        is_enabled -> Bool,
        password_hash -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    grants (id) {
        id -> Uuid,
        user_id -> Uuid,
        organization_id -> Nullable<Uuid>,
        group_id -> Nullable<Uuid>,
        vehicle_id -> Nullable<Uuid>,
        owner_organization_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        created_at -> Timestamptz,
        refreshed_at -> Timestamptz,
        expires_at -> Timestamptz,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Bytea,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        spent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Uuid,
        at -> Timestamptz,
        actor_id -> Nullable<Uuid>,
        actor_name -> Text,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        action -> Text,
        subject_id -> Nullable<Uuid>,
        organization_id -> Nullable<Uuid>,
        before -> Nullable<Json>,
        after -> Nullable<Json>,
    }
}

diesel::joinable!(amr_details -> vehicles (vehicle_id));
diesel::joinable!(agv_details -> vehicles (vehicle_id));
diesel::joinable!(oht_details -> vehicles (vehicle_id));
diesel::joinable!(forklift_details -> vehicles (vehicle_id));
diesel::allow_tables_to_appear_in_same_query!(
    vehicles,
    amr_details,
    agv_details,
    oht_details,
    forklift_details,
    group_members,
);
diesel::allow_tables_to_appear_in_same_query!(outbox, outbox_position);
diesel::joinable!(grants -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, grants, sessions, refresh_tokens);
diesel::allow_tables_to_appear_in_same_query!(users, audit_log);

diesel::define_sql_function! {
    /// Returns the time at which the statement started, even if the transaction started earlier.
    fn statement_timestamp() -> Timestamptz;
}
