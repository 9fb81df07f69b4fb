-- The statements of a server of release 0.1, one transaction after each heading, in the order of a typical day:
-- users, sessions, vehicles, groups, grants, the log of changes. The test `upgrade` executes them while the schema is
-- migrated. {n} is a number of twelve digits, different in each round.

--- a user is created
INSERT INTO users (id, username, username_key, role, organization_id, password_hash)
    VALUES ('0190a5f2-0000-7000-a000-{n}', 'User{n}', 'user{n}', 'OPERATOR', NULL, '$argon2id$v=19$test')
    RETURNING id, username, username_key, role, organization_id, is_enabled, created_at, updated_at;
INSERT INTO audit_log
    (id, at, actor_id, actor_name, address, request_id, action, subject_id, organization_id, before, after)
    VALUES (gen_random_uuid(), now(), NULL, 'command-line', NULL, NULL, 'user.create',
        '0190a5f2-0000-7000-a000-{n}', NULL, NULL, '{"username":"User{n}","role":"OPERATOR"}');

--- the user logs in
SELECT id, username, username_key, role, organization_id, is_enabled, created_at, updated_at, password_hash
    FROM users WHERE username_key = 'user{n}';
SELECT id, username, username_key, role, organization_id, is_enabled, created_at, updated_at, password_hash
    FROM users WHERE id = '0190a5f2-0000-7000-a000-{n}' FOR UPDATE;
SELECT id FROM sessions WHERE user_id = '0190a5f2-0000-7000-a000-{n}'
    ORDER BY refreshed_at DESC, id DESC OFFSET 99;
INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, address, user_agent)
    VALUES ('0190a5f2-0000-7000-a001-{n}', '0190a5f2-0000-7000-a000-{n}', statement_timestamp(),
        statement_timestamp(), statement_timestamp() + interval '14 days', '192.0.2.7', 'a browser')
    RETURNING id, user_id, created_at, refreshed_at, expires_at, address, user_agent;
INSERT INTO refresh_tokens (hash, session_id, issued_at)
    VALUES (sha256('1-{n}'), '0190a5f2-0000-7000-a001-{n}', statement_timestamp());
INSERT INTO audit_log
    (id, at, actor_id, actor_name, address, request_id, action, subject_id, organization_id, before, after)
    VALUES (gen_random_uuid(), now(), '0190a5f2-0000-7000-a000-{n}', 'User{n}', '192.0.2.7', 'a request', 'auth.login',
        '0190a5f2-0000-7000-a001-{n}', NULL, NULL, '{}');

--- a log-in fails
INSERT INTO audit_log
    (id, at, actor_id, actor_name, address, request_id, action, subject_id, organization_id, before, after)
    VALUES (gen_random_uuid(), now(), NULL, 'someone', '192.0.2.8', 'a request', 'auth.loginFailed',
        NULL, NULL, NULL, NULL);

--- the session is refreshed
SELECT id FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = sha256('1-{n}')) FOR UPDATE;
SELECT sessions.id, refresh_tokens.spent_at IS NOT NULL, users.id, users.username, users.role, users.organization_id,
        users.is_enabled, users.created_at, users.updated_at
    FROM refresh_tokens
    JOIN sessions ON refresh_tokens.session_id = sessions.id JOIN users ON sessions.user_id = users.id
    WHERE refresh_tokens.hash = sha256('1-{n}') AND sessions.expires_at > statement_timestamp() AND users.is_enabled
    LIMIT 1;
UPDATE refresh_tokens SET spent_at = statement_timestamp() WHERE hash = sha256('1-{n}');
INSERT INTO refresh_tokens (hash, session_id, issued_at)
    VALUES (sha256('2-{n}'), '0190a5f2-0000-7000-a001-{n}', statement_timestamp());
DELETE FROM refresh_tokens WHERE session_id = '0190a5f2-0000-7000-a001-{n}' AND spent_at < (
    SELECT spent_at FROM refresh_tokens
    WHERE session_id = '0190a5f2-0000-7000-a001-{n}' AND spent_at IS NOT NULL
    ORDER BY spent_at DESC OFFSET 99 LIMIT 1);
UPDATE sessions
    SET refreshed_at = statement_timestamp(), expires_at = statement_timestamp() + interval '14 days',
        address = '192.0.2.7'
    WHERE id = '0190a5f2-0000-7000-a001-{n}'
    RETURNING id, user_id, created_at, refreshed_at, expires_at, address, user_agent;

--- a vehicle is registered
INSERT INTO vehicles
    (id, organization_id, kind, name, manufacturer, model, status, is_enabled, max_speed, max_load, battery_capacity)
    VALUES ('0190a5f2-0000-7000-a002-{n}', '00000000-0000-7000-8000-000000000001', 'AMR', 'Tugger {n}', 'Acme', NULL,
        'IDLE', false, 1.5, 100, 960)
    RETURNING version, created_at, updated_at;
INSERT INTO amr_details
    (vehicle_id, lidar_enabled, camera_enabled, ultrasonic_enabled, autonomy_level, map_id, obstacle_avoidance_config)
    VALUES ('0190a5f2-0000-7000-a002-{n}', true, false, false, 4, 'floor-1', NULL);
INSERT INTO outbox (change, old_status, vehicle, happened_at)
    VALUES ('ADDED', NULL, '{"base":{"id":"0190a5f2-0000-7000-a002-{n}",
        "organization_id":"00000000-0000-7000-8000-000000000001","name":"Tugger {n}","manufacturer":"Acme",
        "model":null,"status":"IDLE","is_enabled":false,"max_speed":1.5,"max_load":100.0,"battery_capacity":960.0,
        "version":1,"created_at":"2026-11-25T12:00:00Z","updated_at":"2026-11-25T12:00:00Z","deleted_at":null},
        "group_ids":[],"amr":{"vehicle_id":"0190a5f2-0000-7000-a002-{n}","lidar_enabled":true,
        "camera_enabled":false,"ultrasonic_enabled":false,"autonomy_level":4,"map_id":"floor-1",
        "obstacle_avoidance_config":null},"agv":null,"oht":null,"forklift":null}', now());
INSERT INTO audit_log
    (id, at, actor_id, actor_name, address, request_id, action, subject_id, organization_id, before, after)
    VALUES (gen_random_uuid(), now(), '0190a5f2-0000-7000-a000-{n}', 'User{n}', '192.0.2.7', 'a request',
        'vehicle.create', '0190a5f2-0000-7000-a002-{n}', '00000000-0000-7000-8000-000000000001', NULL,
        '{"name":"Tugger {n}"}');

--- the vehicle is changed
SELECT id FROM vehicles WHERE id = '0190a5f2-0000-7000-a002-{n}' FOR UPDATE;
SELECT vehicles.id, vehicles.organization_id, vehicles.name, vehicles.manufacturer, vehicles.model, vehicles.status,
        vehicles.is_enabled, vehicles.max_speed, vehicles.max_load, vehicles.battery_capacity, vehicles.version,
        vehicles.created_at, vehicles.updated_at, vehicles.deleted_at,
        ARRAY(SELECT group_id FROM group_members WHERE vehicle_id = vehicles.id ORDER BY group_id),
        amr_details.vehicle_id, amr_details.lidar_enabled, amr_details.camera_enabled,
        amr_details.ultrasonic_enabled, amr_details.autonomy_level, amr_details.map_id,
        amr_details.obstacle_avoidance_config
    FROM vehicles
    LEFT JOIN amr_details ON amr_details.vehicle_id = vehicles.id
    LEFT JOIN agv_details ON agv_details.vehicle_id = vehicles.id
    LEFT JOIN oht_details ON oht_details.vehicle_id = vehicles.id
    LEFT JOIN forklift_details ON forklift_details.vehicle_id = vehicles.id
    WHERE vehicles.id IN (SELECT id FROM vehicles WHERE id = '0190a5f2-0000-7000-a002-{n}' AND deleted_at IS NULL);
UPDATE vehicles
    SET name = 'Tugger {n}', manufacturer = 'Acme', model = 'M1', status = 'IDLE', is_enabled = true, max_speed = 1.5,
        max_load = 100, battery_capacity = 960, version = 2, updated_at = statement_timestamp()
    WHERE id = '0190a5f2-0000-7000-a002-{n}' RETURNING updated_at;

--- robots report statuses
WITH changed AS MATERIALIZED (
    SELECT vehicles.id, said.status
    FROM vehicles
    JOIN unnest(ARRAY['0190a5f2-0000-7000-a002-{n}'::uuid], ARRAY['MOVING']) AS said (id, status)
        ON said.id = vehicles.id
    WHERE vehicles.is_enabled AND vehicles.deleted_at IS NULL AND vehicles.status <> said.status
    ORDER BY vehicles.id
    FOR UPDATE OF vehicles
)
UPDATE vehicles SET status = changed.status, updated_at = clock_timestamp()
    FROM changed WHERE vehicles.id = changed.id;

--- a group is created, and the vehicle is added
INSERT INTO groups (id, organization_id, name)
    VALUES ('0190a5f2-0000-7000-a003-{n}', '00000000-0000-7000-8000-000000000001', 'Hall {n}')
    RETURNING id, organization_id, name, created_at, updated_at;
INSERT INTO group_members (vehicle_id, group_id, organization_id)
    VALUES ('0190a5f2-0000-7000-a002-{n}', '0190a5f2-0000-7000-a003-{n}', '00000000-0000-7000-8000-000000000001');
UPDATE vehicles SET version = version + 1, updated_at = statement_timestamp()
    WHERE id = ANY (ARRAY['0190a5f2-0000-7000-a002-{n}'::uuid]);

--- the user is granted the group
SELECT id FROM users WHERE id = '0190a5f2-0000-7000-a000-{n}' FOR SHARE;
INSERT INTO grants (id, user_id, organization_id, group_id, vehicle_id, owner_organization_id)
    VALUES ('0190a5f2-0000-7000-a004-{n}', '0190a5f2-0000-7000-a000-{n}', NULL, '0190a5f2-0000-7000-a003-{n}', NULL,
        '00000000-0000-7000-8000-000000000001')
    RETURNING id, user_id, organization_id, group_id, vehicle_id, owner_organization_id, created_at;
INSERT INTO outbox (change, user_id, happened_at)
    VALUES ('RIGHTS', '0190a5f2-0000-7000-a000-{n}', statement_timestamp());

--- the rights of the session are read
SELECT users.id, users.username, users.role, users.organization_id, users.is_enabled, users.created_at,
        users.updated_at, grants.id, grants.user_id, grants.organization_id, grants.group_id, grants.vehicle_id,
        grants.owner_organization_id, grants.created_at
    FROM sessions
    JOIN users ON sessions.user_id = users.id LEFT JOIN grants ON grants.user_id = users.id
    WHERE sessions.id = '0190a5f2-0000-7000-a001-{n}' AND sessions.expires_at > statement_timestamp()
        AND users.is_enabled;

--- pages are read
SELECT id FROM vehicles
    WHERE deleted_at IS NULL AND kind = 'AMR' AND search_text LIKE '%tugger%' AND id IN (
        SELECT vehicle_id FROM group_members WHERE group_id = '0190a5f2-0000-7000-a003-{n}')
    ORDER BY id LIMIT 51;
SELECT count(*) FROM vehicles WHERE deleted_at IS NULL;
SELECT id, organization_id, name, created_at, updated_at FROM groups ORDER BY id LIMIT 51;
SELECT id, name, created_at, updated_at FROM organizations ORDER BY id LIMIT 51;
SELECT grants.id, grants.user_id, grants.organization_id, grants.group_id, grants.vehicle_id,
        grants.owner_organization_id, grants.created_at
    FROM grants JOIN users ON grants.user_id = users.id ORDER BY grants.id LIMIT 51;
SELECT id, at, actor_id, actor_name, address, request_id, action, subject_id, organization_id, before, after
    FROM audit_log WHERE actor_id = '0190a5f2-0000-7000-a000-{n}' ORDER BY id DESC LIMIT 51;

--- the log of changes is numbered and read
SELECT newest, (SELECT id FROM outbox WHERE sequence IS NULL ORDER BY id LIMIT 1) FROM outbox_position;
SELECT number_outbox(1000);
SELECT sequence, change, old_status, vehicle, user_id, happened_at
    FROM outbox WHERE sequence > 0 ORDER BY sequence LIMIT 1000;

--- old entries of the log of changes are deleted
WITH kept AS (
    SELECT sequence FROM outbox
    WHERE sequence IS NOT NULL AND happened_at >= now() - make_interval(secs => 3600)
    ORDER BY sequence LIMIT 1
), forgotten AS (
    SELECT id FROM outbox
    WHERE sequence < coalesce((SELECT sequence FROM kept), (SELECT newest FROM outbox_position))
    ORDER BY sequence LIMIT 10000
    FOR UPDATE
)
DELETE FROM outbox WHERE id IN (SELECT id FROM forgotten);

--- the grant is withdrawn
DELETE FROM grants WHERE id = '0190a5f2-0000-7000-a004-{n}'
    RETURNING id, user_id, organization_id, group_id, vehicle_id, owner_organization_id, created_at;

--- the password is changed
UPDATE users
    SET role = 'OPERATOR', is_enabled = true, password_hash = '$argon2id$v=19$another',
        updated_at = statement_timestamp()
    WHERE id = '0190a5f2-0000-7000-a000-{n}'
    RETURNING id, username, role, organization_id, is_enabled, created_at, updated_at;
DELETE FROM sessions WHERE user_id = '0190a5f2-0000-7000-a000-{n}';

--- expired sessions are deleted
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions WHERE expires_at <= now() - make_interval(secs => 0)
    ORDER BY expires_at LIMIT 1000
    FOR UPDATE SKIP LOCKED);

--- the vehicle is deleted
DELETE FROM group_members WHERE vehicle_id = '0190a5f2-0000-7000-a002-{n}';
UPDATE vehicles SET version = 9, updated_at = statement_timestamp(), deleted_at = statement_timestamp()
    WHERE id = '0190a5f2-0000-7000-a002-{n}' RETURNING updated_at;
