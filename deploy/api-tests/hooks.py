"""Hooks for what the configuration of schemathesis cannot express."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def json_lines(ctx, value):
    """Sends a file of JSON Lines as it was generated."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Removes the segments of rails. JSON Schema cannot express that a segment ends after its start, and that the
    vehicle is on one of them. The API tests cover segments."""
    without_segments(raw_schema["components"]["schemas"])


def without_segments(node):
    if isinstance(node, dict):
        node.get("properties", {}).pop("railSegments", None)
        for child in node.values():
            without_segments(child)
    elif isinstance(node, list):
        for child in node:
            without_segments(child)


@schemathesis.hook
def filter_body(context, body):
    """Rejects bodies that are invalid for reasons that JSON Schema cannot express: a text at any depth of a config
    contains the character U+0000, which PostgreSQL's jsonb does not accept; or a name contains invisible characters
    beyond U+FFFF, which not every engine supports in a pattern. The tests of the domain cover such configs and
    names."""
    if not isinstance(body, dict):
        return True
    if any(is_hidden(character) for text in body.values() if isinstance(text, str) for character in text):
        return False
    details = body.get("details")
    if not isinstance(details, dict):
        return True
    return not any(has_nul(details.get(name)) for name in ("obstacleAvoidanceConfig", "lineFollowingConfig"))


def is_hidden(character):
    code = ord(character)
    return 0x1BCA0 <= code <= 0x1BCA3 or 0x1D173 <= code <= 0x1D17A or 0xE0000 <= code <= 0xE0FFF


def has_nul(node):
    if isinstance(node, str):
        return "\0" in node
    if isinstance(node, dict):
        return any(has_nul(key) or has_nul(child) for key, child in node.items())
    return isinstance(node, list) and any(has_nul(child) for child in node)
