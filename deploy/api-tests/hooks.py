"""What schemathesis has to be told beside its configuration."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def json_lines(ctx, value):
    """A file of JSON lines goes out as it was generated."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """That a stretch of rail ends behind its start, and that the vehicle stands on one, is beyond JSON Schema: rails
    are generated without stretches. The tests of the API have those."""
    without_stretches(raw_schema["components"]["schemas"])


def without_stretches(node):
    if isinstance(node, dict):
        node.get("properties", {}).pop("railSegments", None)
        for child in node.values():
            without_stretches(child)
    elif isinstance(node, list):
        for child in node:
            without_stretches(child)


@schemathesis.hook
def filter_body(context, body):
    """Two things are beyond JSON Schema: that no text at any depth of a config has the character U+0000, which
    PostgreSQL's jsonb does not take; and that names have no invisible characters beyond U+FFFF, which not every engine
    understands in a pattern. The tests of the domain have such configs and names."""
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
