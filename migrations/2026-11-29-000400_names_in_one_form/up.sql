-- User names are stored in the form that RFC 8265 prescribes, in lower case. The program computes the skeletons again
-- directly after the migrations, because digits may also look like capital letters.
UPDATE users SET username = username_key, username_skeleton = NULL;

-- Other names are stored composed (NFC): a letter and its accent are one character. Two names that would become equal
-- both remain unchanged.
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
