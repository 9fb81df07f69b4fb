DROP TABLE organizations;
DROP DOMAIN amount;
DROP DOMAIN positive_number;
DROP DOMAIN finite_number;
DROP DOMAIN label;
