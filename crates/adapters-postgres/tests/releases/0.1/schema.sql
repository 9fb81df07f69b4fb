-- Schema of release 0.1 and the rows that its migrations have created, as written by pg_dump (PostgreSQL 15).
-- The test `upgrade` starts from it. Do not change it.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE DOMAIN public.amount AS double precision
	CONSTRAINT number_is_not_negative_and_finite CHECK (((VALUE >= (0)::double precision) AND (VALUE < 'Infinity'::double precision)));

CREATE DOMAIN public.finite_number AS double precision
	CONSTRAINT number_is_finite CHECK (((VALUE > '-Infinity'::double precision) AND (VALUE < 'Infinity'::double precision)));

CREATE DOMAIN public.label AS text
	CONSTRAINT label_has_1_to_100_characters CHECK (((char_length(VALUE) >= 1) AND (char_length(VALUE) <= 100)))
	CONSTRAINT label_has_no_control_characters CHECK ((VALUE !~ '[\u0001-\u001f\u007f-\u009f]'::text))
	CONSTRAINT label_is_trimmed CHECK ((VALUE = btrim(VALUE)));

CREATE DOMAIN public.maker_config AS json
	CONSTRAINT maker_config_is_an_object CHECK ((json_typeof(VALUE) = 'object'::text))
	CONSTRAINT maker_config_takes_at_most_16_kib CHECK ((octet_length((VALUE)::text) <= 16384));

CREATE DOMAIN public.positive_number AS double precision
	CONSTRAINT number_is_positive_and_finite CHECK (((VALUE > (0)::double precision) AND (VALUE < 'Infinity'::double precision)));

CREATE FUNCTION public.audit_log_is_only_added_to() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only added to: no %', TG_OP
        USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'audit_log_is_only_added_to';
END
$$;

CREATE FUNCTION public.number_outbox(at_most bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    last_number bigint;
    numbered bigint;
BEGIN
    SELECT newest INTO STRICT last_number FROM outbox_position FOR UPDATE;
    UPDATE outbox SET sequence = last_number + places.place
    FROM (
        SELECT id, row_number() OVER (ORDER BY id) AS place
        FROM outbox WHERE sequence IS NULL ORDER BY id LIMIT at_most
    ) AS places
    WHERE outbox.id = places.id;
    GET DIAGNOSTICS numbered = ROW_COUNT;
    UPDATE outbox_position SET newest = last_number + numbered WHERE numbered > 0;
    RETURN numbered;
END
$$;

CREATE FUNCTION public.search_key(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$ SELECT lower($1 COLLATE "und-x-icu") $_$;

CREATE FUNCTION public.vehicle_must_have_details() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    vehicle uuid;
BEGIN
    IF TG_OP = 'INSERT' THEN vehicle := NEW.id; ELSE vehicle := OLD.vehicle_id; END IF;
    IF EXISTS (SELECT FROM vehicles WHERE id = vehicle)
       AND NOT EXISTS (
           SELECT FROM amr_details WHERE vehicle_id = vehicle
           UNION ALL SELECT FROM agv_details WHERE vehicle_id = vehicle
           UNION ALL SELECT FROM oht_details WHERE vehicle_id = vehicle
           UNION ALL SELECT FROM forklift_details WHERE vehicle_id = vehicle
       )
    THEN
        RAISE EXCEPTION 'vehicle % has no details', vehicle
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vehicles_have_details';
    END IF;
    RETURN NULL;
END
$$;

CREATE TABLE public.__diesel_schema_migrations (
    version character varying(50) NOT NULL,
    run_on timestamp without time zone DEFAULT CURRENT_TIMESTAMP NOT NULL
);

CREATE TABLE public.agv_details (
    vehicle_id uuid NOT NULL,
    kind text GENERATED ALWAYS AS ('AGV'::text) STORED NOT NULL,
    guide_type text NOT NULL,
    line_following_config public.maker_config,
    load_type public.label,
    max_load_weight public.amount,
    CONSTRAINT agv_guide_type_is_known CHECK ((guide_type = ANY (ARRAY['MAGNETIC'::text, 'LASER'::text, 'WIRE'::text, 'VISION'::text])))
);

CREATE TABLE public.amr_details (
    vehicle_id uuid NOT NULL,
    kind text GENERATED ALWAYS AS ('AMR'::text) STORED NOT NULL,
    lidar_enabled boolean NOT NULL,
    camera_enabled boolean NOT NULL,
    ultrasonic_enabled boolean NOT NULL,
    autonomy_level smallint NOT NULL,
    map_id public.label,
    obstacle_avoidance_config public.maker_config,
    CONSTRAINT amr_autonomy_level_is_0_to_5 CHECK (((autonomy_level >= 0) AND (autonomy_level <= 5)))
);

CREATE TABLE public.audit_log (
    id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id uuid,
    actor_name text NOT NULL,
    address text,
    request_id text,
    action text NOT NULL,
    subject_id uuid,
    organization_id uuid,
    before json,
    after json,
    CONSTRAINT audit_log_after_is_an_object CHECK ((json_typeof(after) = 'object'::text)),
    CONSTRAINT audit_log_before_is_an_object CHECK ((json_typeof(before) = 'object'::text))
);

CREATE TABLE public.forklift_details (
    vehicle_id uuid NOT NULL,
    kind text GENERATED ALWAYS AS ('FORKLIFT'::text) STORED NOT NULL,
    mast_height public.positive_number,
    lift_height public.amount,
    fork_length public.positive_number,
    load_capacity public.amount
);

CREATE TABLE public.grants (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    organization_id uuid,
    group_id uuid,
    vehicle_id uuid,
    owner_organization_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT grants_of_an_organization_are_its_own CHECK ((organization_id = owner_organization_id)),
    CONSTRAINT grants_open_one_thing CHECK ((num_nonnulls(organization_id, group_id, vehicle_id) = 1))
);

CREATE TABLE public.group_members (
    vehicle_id uuid NOT NULL,
    group_id uuid NOT NULL,
    organization_id uuid NOT NULL
);

CREATE TABLE public.groups (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    name public.label NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.oht_details (
    vehicle_id uuid NOT NULL,
    kind text GENERATED ALWAYS AS ('OHT'::text) STORED NOT NULL,
    rail_id public.label NOT NULL,
    hoist_status text,
    rail_position public.finite_number,
    rail_segments jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT oht_hoist_status_is_known CHECK ((hoist_status = ANY (ARRAY['UP'::text, 'DOWN'::text, 'MOVING'::text]))),
    CONSTRAINT oht_rail_position_lies_in_a_segment CHECK (((rail_position IS NULL) OR (rail_segments = '[]'::jsonb) OR jsonb_path_exists(rail_segments, '$[*]?(@."start" <= $"position" && $"position" <= @."end")'::jsonpath, jsonb_build_object('position', (rail_position)::double precision)))),
    CONSTRAINT oht_rail_segments_are_a_list CHECK (((jsonb_typeof(rail_segments) = 'array'::text) AND (jsonb_array_length(rail_segments) <= 1000))),
    CONSTRAINT oht_rail_segments_end_after_they_start CHECK ((jsonb_array_length(rail_segments) = jsonb_array_length(jsonb_path_query_array(rail_segments, 'strict $[*]?(((@."segmentId".type() == "string" && @."start".type() == "number") && @."end".type() == "number") && @."start" < @."end")'::jsonpath))))
);

CREATE TABLE public.organizations (
    id uuid NOT NULL,
    name public.label NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    sequence bigint,
    change text NOT NULL,
    old_status text,
    vehicle json DEFAULT 'null'::json NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    user_id uuid,
    CONSTRAINT outbox_change_is_known CHECK ((change = ANY (ARRAY['ADDED'::text, 'CHANGED'::text, 'REMOVED'::text, 'RIGHTS'::text]))),
    CONSTRAINT outbox_changes_are_of_a_vehicle CHECK (((json_typeof(vehicle) = 'object'::text) = (change <> 'RIGHTS'::text))),
    CONSTRAINT outbox_changes_have_an_old_status CHECK (((old_status IS NOT NULL) = (change = 'CHANGED'::text))),
    CONSTRAINT outbox_rights_are_of_a_user CHECK (((user_id IS NOT NULL) = (change = 'RIGHTS'::text)))
);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.outbox_position (
    is_only boolean DEFAULT true NOT NULL,
    newest bigint NOT NULL,
    CONSTRAINT outbox_position_is_not_negative CHECK ((newest >= 0)),
    CONSTRAINT outbox_position_is_one CHECK (is_only)
);

CREATE TABLE public.refresh_tokens (
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    spent_at timestamp with time zone,
    CONSTRAINT refresh_tokens_hash_has_32_bytes CHECK ((octet_length(hash) = 32))
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    refreshed_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    address text,
    user_agent text,
    CONSTRAINT sessions_user_agent_has_at_most_200_characters CHECK ((char_length(user_agent) <= 200))
);

CREATE TABLE public.users (
    id uuid NOT NULL,
    username public.label NOT NULL,
    username_key text NOT NULL,
    role text NOT NULL,
    organization_id uuid,
    is_enabled boolean DEFAULT true NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_role_is_known CHECK ((role = ANY (ARRAY['ADMIN'::text, 'OPERATOR'::text, 'VIEWER'::text]))),
    CONSTRAINT users_username_has_at_most_64_characters CHECK ((char_length((username)::text) <= 64)),
    CONSTRAINT users_username_has_no_space CHECK ((strpos((username)::text, ' '::text) = 0))
);

CREATE TABLE public.vehicles (
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    name public.label NOT NULL,
    manufacturer public.label NOT NULL,
    model public.label,
    status text DEFAULT 'IDLE'::text NOT NULL,
    is_enabled boolean DEFAULT false NOT NULL,
    max_speed public.positive_number NOT NULL,
    max_load public.amount NOT NULL,
    battery_capacity public.positive_number NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    search_text text GENERATED ALWAYS AS (public.search_key((((((name)::text || '
'::text) || (manufacturer)::text) || '
'::text) || COALESCE((model)::text, ''::text)))) STORED NOT NULL,
    CONSTRAINT vehicles_kind_is_known CHECK ((kind = ANY (ARRAY['AMR'::text, 'AGV'::text, 'OHT'::text, 'FORKLIFT'::text]))),
    CONSTRAINT vehicles_status_is_known CHECK ((status = ANY (ARRAY['IDLE'::text, 'MOVING'::text, 'CHARGING'::text, 'ERROR'::text, 'STOPPED'::text, 'MAINTENANCE'::text]))),
    CONSTRAINT vehicles_version_is_positive CHECK ((version >= 1))
);
ALTER TABLE ONLY public.vehicles ALTER COLUMN search_text SET STATISTICS 1000;

INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000000', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261124000100', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000000', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000100', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000200', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000300', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000301', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000302', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000303', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000304', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000305', '2026-11-25 00:00:00');
INSERT INTO public.__diesel_schema_migrations VALUES ('20261125000306', '2026-11-25 00:00:00');

INSERT INTO public.organizations VALUES ('00000000-0000-7000-8000-000000000001', 'Default', '2026-11-25 00:00:00+00', '2026-11-25 00:00:00+00');

INSERT INTO public.outbox_position VALUES (true, 0);

SELECT pg_catalog.setval('public.outbox_id_seq', 1, false);

ALTER TABLE ONLY public.__diesel_schema_migrations
    ADD CONSTRAINT __diesel_schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.agv_details
    ADD CONSTRAINT agv_details_pkey PRIMARY KEY (vehicle_id);

ALTER TABLE ONLY public.amr_details
    ADD CONSTRAINT amr_details_pkey PRIMARY KEY (vehicle_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.forklift_details
    ADD CONSTRAINT forklift_details_pkey PRIMARY KEY (vehicle_id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_of_a_group_are_unique UNIQUE (group_id, user_id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_of_a_vehicle_are_unique UNIQUE (vehicle_id, user_id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_of_an_organization_are_unique UNIQUE (organization_id, user_id);

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_pkey PRIMARY KEY (vehicle_id, group_id);

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_name_is_unique UNIQUE (organization_id, name);

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_organization_and_id_are_unique UNIQUE (organization_id, id);

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.oht_details
    ADD CONSTRAINT oht_details_pkey PRIMARY KEY (vehicle_id);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_name_is_unique UNIQUE (name);

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox_position
    ADD CONSTRAINT outbox_position_pkey PRIMARY KEY (is_only);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_sequence_is_unique UNIQUE (sequence);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_username_is_unique UNIQUE (username_key);

ALTER TABLE ONLY public.vehicles
    ADD CONSTRAINT vehicles_id_and_kind_are_unique UNIQUE (id, kind);

ALTER TABLE ONLY public.vehicles
    ADD CONSTRAINT vehicles_organization_and_id_are_unique UNIQUE (organization_id, id);

ALTER TABLE ONLY public.vehicles
    ADD CONSTRAINT vehicles_pkey PRIMARY KEY (id);

CREATE INDEX audit_log_by_action ON public.audit_log USING btree (action, id);

CREATE INDEX audit_log_by_actor ON public.audit_log USING btree (actor_id, id);

CREATE INDEX audit_log_by_log_in ON public.audit_log USING btree (actor_id, id) WHERE (action = 'auth.login'::text);

CREATE INDEX audit_log_by_organization ON public.audit_log USING btree (organization_id, id);

CREATE INDEX audit_log_by_subject ON public.audit_log USING btree (subject_id, id);

CREATE INDEX grants_by_owner ON public.grants USING btree (owner_organization_id, id);

CREATE INDEX grants_by_user ON public.grants USING btree (user_id, id);

CREATE INDEX group_members_by_group ON public.group_members USING btree (group_id, vehicle_id);

CREATE INDEX outbox_without_number ON public.outbox USING btree (id) WHERE (sequence IS NULL);

CREATE INDEX refresh_tokens_by_session ON public.refresh_tokens USING btree (session_id, spent_at);

CREATE INDEX refresh_tokens_by_spending ON public.refresh_tokens USING btree (spent_at) WHERE (spent_at IS NOT NULL);

CREATE UNIQUE INDEX refresh_tokens_one_of_a_session_is_good ON public.refresh_tokens USING btree (session_id) WHERE (spent_at IS NULL);

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id, id);

CREATE INDEX users_by_organization ON public.users USING btree (organization_id, id);

CREATE INDEX users_who_administer_all ON public.users USING btree (id) WHERE ((role = 'ADMIN'::text) AND (organization_id IS NULL) AND is_enabled);

CREATE INDEX vehicles_by_change ON public.vehicles USING btree (updated_at, id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_creation ON public.vehicles USING btree (created_at, id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_enabled ON public.vehicles USING btree (is_enabled, id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_kind ON public.vehicles USING btree (kind, id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_name ON public.vehicles USING btree (lower(((name)::text COLLATE "C")), id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_status ON public.vehicles USING btree (status, id) WHERE (deleted_at IS NULL);

CREATE INDEX vehicles_by_text ON public.vehicles USING gin (search_text public.gin_trgm_ops) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX vehicles_name_is_unique ON public.vehicles USING btree (organization_id, name) WHERE (deleted_at IS NULL);

CREATE CONSTRAINT TRIGGER agv_details_stay AFTER DELETE ON public.agv_details DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vehicle_must_have_details();

CREATE CONSTRAINT TRIGGER amr_details_stay AFTER DELETE ON public.amr_details DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vehicle_must_have_details();

CREATE TRIGGER audit_log_is_only_added_to BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION public.audit_log_is_only_added_to();

ALTER TABLE public.audit_log ENABLE ALWAYS TRIGGER audit_log_is_only_added_to;

CREATE CONSTRAINT TRIGGER forklift_details_stay AFTER DELETE ON public.forklift_details DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vehicle_must_have_details();

CREATE CONSTRAINT TRIGGER oht_details_stay AFTER DELETE ON public.oht_details DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vehicle_must_have_details();

CREATE CONSTRAINT TRIGGER vehicles_have_details AFTER INSERT ON public.vehicles DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.vehicle_must_have_details();

ALTER TABLE ONLY public.agv_details
    ADD CONSTRAINT agv_details_are_of_an_agv FOREIGN KEY (vehicle_id, kind) REFERENCES public.vehicles(id, kind) ON DELETE CASCADE;

ALTER TABLE ONLY public.amr_details
    ADD CONSTRAINT amr_details_are_of_an_amr FOREIGN KEY (vehicle_id, kind) REFERENCES public.vehicles(id, kind) ON DELETE CASCADE;

ALTER TABLE ONLY public.forklift_details
    ADD CONSTRAINT forklift_details_are_of_a_forklift FOREIGN KEY (vehicle_id, kind) REFERENCES public.vehicles(id, kind) ON DELETE CASCADE;

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_group_exists FOREIGN KEY (owner_organization_id, group_id) REFERENCES public.groups(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_organization_exists FOREIGN KEY (owner_organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_user_exists FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.grants
    ADD CONSTRAINT grants_vehicle_exists FOREIGN KEY (owner_organization_id, vehicle_id) REFERENCES public.vehicles(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_are_vehicles_of_its_organization FOREIGN KEY (organization_id, vehicle_id) REFERENCES public.vehicles(organization_id, id) ON DELETE CASCADE;

ALTER TABLE ONLY public.group_members
    ADD CONSTRAINT group_members_have_a_group_of_their_organization FOREIGN KEY (organization_id, group_id) REFERENCES public.groups(organization_id, id);

ALTER TABLE ONLY public.groups
    ADD CONSTRAINT groups_organization_exists FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.oht_details
    ADD CONSTRAINT oht_details_are_of_an_oht FOREIGN KEY (vehicle_id, kind) REFERENCES public.vehicles(id, kind) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_exists FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_exists FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_organization_exists FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

ALTER TABLE ONLY public.vehicles
    ADD CONSTRAINT vehicles_organization_exists FOREIGN KEY (organization_id) REFERENCES public.organizations(id);

