-- User names are stored in the form that RFC 8265 prescribes, in lower case. The program computes the skeletons again
-- directly after the migrations, because digits may also look like capital letters.
UPDATE users SET username_skeleton = NULL,
    -- The lower-case form of a letter may be two characters. A name that would become too long remains unchanged.
    username = CASE WHEN char_length(username_key) <= 64 THEN username_key ELSE username END;

-- Other names are stored composed (NFC): a letter and its accent are one character. Two names that would become equal
-- both remain unchanged, and so does a text that would become too long: the composed form of a few letters consists of
-- two characters.
UPDATE vehicles SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name)) <= 100 AND NOT EXISTS (
        SELECT FROM vehicles AS other
        WHERE other.organization_id = vehicles.organization_id AND other.id <> vehicles.id
            AND normalize(other.name) = normalize(vehicles.name));
UPDATE vehicles SET manufacturer = normalize(manufacturer)
    WHERE manufacturer IS NOT NFC NORMALIZED AND char_length(normalize(manufacturer)) <= 100;
UPDATE vehicles SET model = normalize(model)
    WHERE model IS NOT NFC NORMALIZED AND char_length(normalize(model)) <= 100;
UPDATE groups SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name)) <= 100 AND NOT EXISTS (
        SELECT FROM groups AS other
        WHERE other.organization_id = groups.organization_id AND other.id <> groups.id
            AND normalize(other.name) = normalize(groups.name));
UPDATE organizations SET name = normalize(name)
    WHERE name IS NOT NFC NORMALIZED AND char_length(normalize(name)) <= 100 AND NOT EXISTS (
        SELECT FROM organizations AS other
        WHERE other.id <> organizations.id AND normalize(other.name) = normalize(organizations.name));
