-- The log of the registry: what all servers must hear of, written in the transaction of the change that it tells
-- of. Rows have no number at first; numbers without gaps are given later, by whoever reads.
CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence    bigint CONSTRAINT outbox_sequence_is_unique UNIQUE,
    change      text NOT NULL CONSTRAINT outbox_change_is_known CHECK (change IN ('ADDED', 'CHANGED', 'REMOVED')),
    -- Of the vehicle before a change.
    old_status  text CONSTRAINT outbox_changes_have_an_old_status CHECK ((old_status IS NOT NULL) = (change = 'CHANGED')),
    -- The vehicle afterwards. As json for the same reasons as makers' settings.
    vehicle     json NOT NULL,
    happened_at timestamptz NOT NULL
);

CREATE INDEX outbox_without_number ON outbox (id) WHERE sequence IS NULL;

-- The number of the newest row that has one; it stays when the row is forgotten.
CREATE TABLE outbox_position (
    is_only boolean PRIMARY KEY DEFAULT true CONSTRAINT outbox_position_is_one CHECK (is_only),
    newest  bigint NOT NULL CONSTRAINT outbox_position_is_not_negative CHECK (newest >= 0)
);
INSERT INTO outbox_position (newest) VALUES (0);

-- Gives the next numbers to the oldest rows without one, at most as many as are asked for, and gives their number.
-- One at a time: the lock is taken first, and each statement here sees what was committed before it. Two rows of
-- one vehicle are in order, as the second one was written behind a lock on the vehicle that the first one held until
-- its commit.
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
