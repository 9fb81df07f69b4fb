DROP FUNCTION number_outbox;
DROP TABLE outbox_position;
DROP TABLE outbox;
