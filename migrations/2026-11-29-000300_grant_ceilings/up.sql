-- Maximum role that a grant confers, independently of the user's role. Existing grants keep their effect: those of
-- operators permit operating. A later change of the user's role does not raise a grant.
ALTER TABLE grants
    ADD COLUMN role text NOT NULL DEFAULT 'VIEWER'
    CONSTRAINT grants_role_is_known CHECK (role IN ('OPERATOR', 'VIEWER'));
UPDATE grants SET role = 'OPERATOR' FROM users WHERE users.id = grants.user_id AND users.role = 'OPERATOR';
