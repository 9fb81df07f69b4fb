-- The name of a user is kept in the form that RFC 8265 enforces, which has small letters only. The program computes what
-- names look like anew, right after the migrations: digits look like letters in capitals as well.
UPDATE users SET username = username_key, username_skeleton = NULL;

-- Names are composed (NFC): a letter and its accent are one character. Of two names that differed by this only, both stay
-- as they are.
UPDATE vehicles SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND NOT EXISTS (
        SELECT FROM vehicles AS other
        WHERE other.organization_id = vehicles.organization_id AND other.id <> vehicles.id
            AND normalize(other.name) = normalize(vehicles.name));
UPDATE vehicles SET manufacturer = normalize(manufacturer) WHERE manufacturer IS NOT NFC NORMALIZED;
UPDATE vehicles SET model = normalize(model) WHERE model IS NOT NFC NORMALIZED;
UPDATE groups SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND NOT EXISTS (
        SELECT FROM groups AS other
        WHERE other.organization_id = groups.organization_id AND other.id <> groups.id
            AND normalize(other.name) = normalize(groups.name));
UPDATE organizations SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND NOT EXISTS (
        SELECT FROM organizations AS other
        WHERE other.id <> organizations.id AND normalize(other.name) = normalize(organizations.name));
