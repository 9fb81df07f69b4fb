-- The log of the registry: the changes that every server must apply, written in the transaction of the change itself.
-- Rows have no sequence number at first; readers assign numbers later, without gaps.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence    bigint CONSTRAINT outbox_sequence_is_unique UNIQUE,
    change      text NOT NULL CONSTRAINT outbox_change_is_known CHECK (change IN ('ADDED', 'CHANGED', 'REMOVED')),
    -- Status of the vehicle before the change.
    old_status  text CONSTRAINT outbox_changes_have_an_old_status CHECK ((old_status IS NOT NULL) = (change = 'CHANGED')),
    -- The vehicle after the change. The type is json for the same reasons as in `maker_config`.
    vehicle     json NOT NULL,
    happened_at timestamptz NOT NULL
);

CREATE INDEX outbox_without_number ON outbox (id) WHERE sequence IS NULL;

-- The highest number assigned so far. It is kept when the row itself is deleted.
CREATE TABLE outbox_position (
    is_only boolean PRIMARY KEY DEFAULT true CONSTRAINT outbox_position_is_one CHECK (is_only),
    newest  bigint NOT NULL CONSTRAINT outbox_position_is_not_negative CHECK (newest >= 0)
);
INSERT INTO outbox_position (newest) VALUES (0);

-- Assigns the next numbers to the oldest rows without one, up to `at_most` of them, and returns how many were numbered.
-- Calls are serialised: the lock is taken first, and each statement sees everything that was committed before it. Two
-- rows of the same vehicle are numbered in order, because the second was written after a lock on the vehicle that the
-- first transaction held until its commit.
CREATE FUNCTION number_outbox(at_most bigint) RETURNS bigint LANGUAGE plpgsql AS $$
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
