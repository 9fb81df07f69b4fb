-- Columns common to all vehicles. Each kind has a table for its own columns, see below.
CREATE TABLE vehicles (
    id               uuid PRIMARY KEY, -- UUIDv7, in the order of registration
    organization_id  uuid NOT NULL CONSTRAINT vehicles_organization_exists REFERENCES organizations (id),
    kind             text NOT NULL
                     CONSTRAINT vehicles_kind_is_known CHECK (kind IN ('AMR', 'AGV', 'OHT', 'FORKLIFT')),
    name             label NOT NULL,
    manufacturer     label NOT NULL,
    model            label,
    status           text NOT NULL DEFAULT 'IDLE'
                     CONSTRAINT vehicles_status_is_known
                     CHECK (status IN ('IDLE', 'MOVING', 'CHARGING', 'ERROR', 'STOPPED', 'MAINTENANCE')),
    is_enabled       boolean NOT NULL DEFAULT false,
    max_speed        positive_number NOT NULL, -- m/s
    max_load         amount NOT NULL,          -- kg
    battery_capacity positive_number NOT NULL, -- Wh
    version          bigint NOT NULL DEFAULT 1 CONSTRAINT vehicles_version_is_positive CHECK (version >= 1),
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(), -- last change by a user or a robot, or deletion
    deleted_at       timestamptz,                        -- soft deletion
    -- Referenced by the tables of details, whose kind must be that of the vehicle.
    CONSTRAINT vehicles_id_and_kind_are_unique UNIQUE (id, kind)
);

CREATE UNIQUE INDEX vehicles_name_is_unique ON vehicles (organization_id, name) WHERE deleted_at IS NULL;

-- Filtered pages are sorted by id, so each index ends with it.
CREATE INDEX vehicles_by_organization ON vehicles (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX vehicles_by_kind ON vehicles (kind, id) WHERE deleted_at IS NULL;
CREATE INDEX vehicles_by_status ON vehicles (status, id) WHERE deleted_at IS NULL;
CREATE INDEX vehicles_by_enabled ON vehicles (is_enabled, id) WHERE deleted_at IS NULL;
-- Finds the vehicles changed since a given time, including deleted ones.
CREATE INDEX vehicles_by_change ON vehicles (updated_at);

-- Manufacturer-specific settings: a JSON object of at most 16 KiB. The type is json rather than jsonb to preserve the
-- text exactly: jsonb would expand numbers (1e300 has 301 digits).
CREATE DOMAIN maker_config AS json
    CONSTRAINT maker_config_is_an_object CHECK (json_typeof(VALUE) = 'object')
    CONSTRAINT maker_config_takes_at_most_16_kib CHECK (octet_length(VALUE::text) <= 16384);

CREATE TABLE amr_details (
    vehicle_id                uuid PRIMARY KEY,
    kind                      text NOT NULL GENERATED ALWAYS AS ('AMR') STORED,
    lidar_enabled             boolean NOT NULL,
    camera_enabled            boolean NOT NULL,
    ultrasonic_enabled        boolean NOT NULL,
    autonomy_level            smallint NOT NULL
                              CONSTRAINT amr_autonomy_level_is_0_to_5 CHECK (autonomy_level BETWEEN 0 AND 5),
    map_id                    label,
    obstacle_avoidance_config maker_config,
    CONSTRAINT amr_details_are_of_an_amr
        FOREIGN KEY (vehicle_id, kind) REFERENCES vehicles (id, kind) ON DELETE CASCADE
);

CREATE TABLE agv_details (
    vehicle_id            uuid PRIMARY KEY,
    kind                  text NOT NULL GENERATED ALWAYS AS ('AGV') STORED,
    guide_type            text NOT NULL
                          CONSTRAINT agv_guide_type_is_known
                          CHECK (guide_type IN ('MAGNETIC', 'LASER', 'WIRE', 'VISION')),
    line_following_config maker_config,
    load_type             label,
    max_load_weight       amount, -- kg
    CONSTRAINT agv_details_are_of_an_agv
        FOREIGN KEY (vehicle_id, kind) REFERENCES vehicles (id, kind) ON DELETE CASCADE
);

CREATE TABLE oht_details (
    vehicle_id    uuid PRIMARY KEY,
    kind          text NOT NULL GENERATED ALWAYS AS ('OHT') STORED,
    rail_id       label NOT NULL,
    hoist_status  text CONSTRAINT oht_hoist_status_is_known CHECK (hoist_status IN ('UP', 'DOWN', 'MOVING')),
    rail_position finite_number, -- metres from the rail's origin
    -- [{"segmentId": "a", "start": 0.0, "end": 10.5}, …], metres; read and written as a whole.
    rail_segments jsonb NOT NULL DEFAULT '[]'
                  CONSTRAINT oht_rail_segments_are_a_list
                  CHECK (jsonb_typeof(rail_segments) = 'array' AND jsonb_array_length(rail_segments) <= 1000)
                  CONSTRAINT oht_rail_segments_end_after_they_start
                  CHECK (jsonb_array_length(rail_segments) = jsonb_array_length(jsonb_path_query_array(
                      rail_segments,
                      'strict $[*] ? (@.segmentId.type() == "string" && @.start.type() == "number"
                                      && @.end.type() == "number" && @.start < @.end)'
                  ))),
    CONSTRAINT oht_rail_position_lies_in_a_segment CHECK (
        rail_position IS NULL
        OR rail_segments = '[]'
        OR jsonb_path_exists(
            rail_segments,
            '$[*] ? (@.start <= $position && $position <= @.end)',
            jsonb_build_object('position', rail_position::double precision)
        )
    ),
    CONSTRAINT oht_details_are_of_an_oht
        FOREIGN KEY (vehicle_id, kind) REFERENCES vehicles (id, kind) ON DELETE CASCADE
);

CREATE TABLE forklift_details (
    vehicle_id    uuid PRIMARY KEY,
    kind          text NOT NULL GENERATED ALWAYS AS ('FORKLIFT') STORED,
    mast_height   positive_number, -- m
    lift_height   amount,          -- m
    fork_length   positive_number, -- m
    load_capacity amount,          -- kg
    CONSTRAINT forklift_details_are_of_a_forklift
        FOREIGN KEY (vehicle_id, kind) REFERENCES vehicles (id, kind) ON DELETE CASCADE
);

-- The foreign keys ensure that details belong to a vehicle of their kind; this trigger ensures that every vehicle has
-- details. It is deferred to the commit, because the vehicle's row must be inserted first.
CREATE FUNCTION vehicle_must_have_details() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE CONSTRAINT TRIGGER vehicles_have_details AFTER INSERT ON vehicles
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vehicle_must_have_details();
CREATE CONSTRAINT TRIGGER amr_details_stay AFTER DELETE ON amr_details
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vehicle_must_have_details();
CREATE CONSTRAINT TRIGGER agv_details_stay AFTER DELETE ON agv_details
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vehicle_must_have_details();
CREATE CONSTRAINT TRIGGER oht_details_stay AFTER DELETE ON oht_details
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vehicle_must_have_details();
CREATE CONSTRAINT TRIGGER forklift_details_stay AFTER DELETE ON forklift_details
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vehicle_must_have_details();
