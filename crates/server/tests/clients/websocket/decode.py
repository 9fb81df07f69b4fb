"""Decodes the frames of fleetwatch.v1.msgpack.deflate with the function in docs/websocket.md.

    /usr/bin/python3 websocket/decode.py DOCS_WEBSOCKET_MD ws://127.0.0.1:8080/ws ACCESS_TOKEN

It subscribes to all vehicles, with deltas, and writes each decoded message as a line of JSON. It needs Debian's
packages python3-msgpack and python3-websockets.
"""

import asyncio
import json
import re
import sys

import msgpack
import websockets

SUBPROTOCOL = "fleetwatch.v1.msgpack.deflate"


def printed_function(page):
    """Returns the function `decode` that the page prints."""
    section = page.split("\n## Smaller frames\n")[1].split("\n## ")[0]
    names = {}
    exec(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1], names)
    return names["decode"]


async def watch(decode, url, token):
    async with websockets.connect(url, subprotocols=[SUBPROTOCOL, f"bearer.{token}"]) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        await socket.send(msgpack.packb({"type": "configure", "mode": "delta", "id": 1}))
        await socket.send(msgpack.packb({"type": "subscribeAll", "id": 2}))
        async for frame in socket:
            print(json.dumps(decode(frame)), flush=True)


file, url, token = sys.argv[1:]
with open(file, encoding="utf-8") as page:
    asyncio.run(watch(printed_function(page.read()), url, token))
