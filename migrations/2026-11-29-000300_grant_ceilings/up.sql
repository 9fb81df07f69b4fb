-- The most that a grant allows, whatever its user's role is. A grant that is there already goes on to allow what it
-- allows now: an operator's lets operate. A later change of the user's role raises none of them.
ALTER TABLE grants
    ADD COLUMN role text NOT NULL DEFAULT 'VIEWER'
    CONSTRAINT grants_role_is_known CHECK (role IN ('OPERATOR', 'VIEWER'));
UPDATE grants SET role = 'OPERATOR' FROM users WHERE users.id = grants.user_id AND users.role = 'OPERATOR';
