"""Messages between the service and a rendering process: a length of four bytes, then so many bytes."""

import json
import struct
from base64 import b64decode, b64encode
from typing import BinaryIO

from services.reports.rendering.assets import Assets

HEAD = struct.Struct(">I")
MAX_BYTES = 256 * 1024 * 1024

DONE = b"+"  # then the PDF
FAILED = b"-"  # then the kind of error, never its text: that may quote a letter


def frame(body: bytes) -> bytes:
    """The message as it is sent."""
    return HEAD.pack(len(body)) + body


def receive(stream: BinaryIO) -> bytes | None:
    """The next message, None at the end. Raises EOFError in the middle of one."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    body = stream.read(HEAD.unpack(head)[0]) if len(head) == HEAD.size else b""
    if len(head) < HEAD.size or len(body) < HEAD.unpack(head)[0]:
        raise EOFError
    return body


def pack_assets(assets: Assets) -> bytes:
    """Style sheet and fonts as the first message to a rendering process."""
    files = {name: b64encode(content).decode() for name, content in assets.files.items()}
    return json.dumps({"css": assets.css, "files": files}).encode()


def unpack_assets(body: bytes) -> Assets:
    """What `pack_assets` packed."""
    message = json.loads(body)
    return Assets(message["css"], {name: b64decode(content) for name, content in message["files"].items()})
