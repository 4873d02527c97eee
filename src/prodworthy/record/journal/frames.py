"""How an event stands in a spool: `[u32 length][u32 CRC-32][msgpack [sequence, event]]`, little-endian.

The CRC covers the length too, so no single flipped byte can make one frame look like another. A reader yields whole
frames and says how the rest looks: nothing left, a frame that is not all there yet, or something that is no frame.
"""

from __future__ import annotations

import enum
import struct
import zlib

import msgspec

from prodworthy.policy.core.events import JournalEvent

HEADER = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
# the largest sealed content that a frame carries (the largest body a manifest can allow), and the rest of the event
MOST_CONTENT_BYTES = 33_554_432 + 4096
MOST_FRAME_BYTES = MOST_CONTENT_BYTES + 1_048_576


class Rest(enum.StrEnum):
    """What follows the whole frames: nothing, the start of a frame, or bytes that are no frame."""

    NONE = "none"
    PARTIAL = "partial"
    CORRUPT = "corrupt"


class Unknown(msgspec.Struct, frozen=True):
    """An event of a kind that this version does not know: written by a newer one, kept as it is."""

    type: str
    tenant: str
    at: int
    workload: str = ""
    exchange: str = ""


class Frame(msgspec.Struct, frozen=True):
    """One frame: its sequence number, the event, the event's own msgpack, and where the next frame starts."""

    sequence: int
    event: JournalEvent | Unknown
    body: bytes
    end: int


_encode = msgspec.msgpack.Encoder().encode
_pack_header, _pack_length, _crc32 = HEADER.pack, _LENGTH.pack, zlib.crc32
_outer = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_event: msgspec.msgpack.Decoder[JournalEvent] = msgspec.msgpack.Decoder(JournalEvent)
_unknown = msgspec.msgpack.Decoder(Unknown)


def append_frame(buffer: bytearray, sequence: int, event: JournalEvent) -> None:
    """Encode one frame onto the end of `buffer`, which stays as it was if the event cannot be encoded.

    Raises:
        ValueError: the event holds text that is not UTF-8, a number beyond 64 bits, or is too large for a frame.
    """
    try:
        payload = _encode((sequence, event))
    except (ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise ValueError(f"the event cannot be recorded: {type(error).__name__}") from error
    length = len(payload)
    if length > MOST_FRAME_BYTES:
        raise ValueError(f"the event cannot be recorded: {length} bytes are too large for a frame")
    buffer += _pack_header(length, _crc32(payload, _crc32(_pack_length(length))))
    buffer += payload


def read_frames(data: bytes, start: int = 0, most: int = 1_000_000) -> tuple[list[Frame], Rest]:
    """Up to `most` whole frames of `data` from `start` on, and what stands behind the last of them.

    Rest.PARTIAL says that `data` ends within a frame; whether more is to come is the caller's to know. If `most`
    frames were read, the rest is not looked at (Rest.NONE).
    """
    frames: list[Frame] = []
    position, size = start, len(data)
    with memoryview(data) as view:
        while position < size:
            if len(frames) >= most:
                return frames, Rest.NONE
            if size - position < HEADER.size:
                return frames, Rest.PARTIAL
            length, crc = HEADER.unpack_from(data, position)
            if not 0 < length <= MOST_FRAME_BYTES:
                return frames, Rest.CORRUPT
            begin, end = position + HEADER.size, position + HEADER.size + length
            if end > size:
                return frames, Rest.PARTIAL
            payload = view[begin:end]
            if zlib.crc32(payload, zlib.crc32(data[position : position + 4])) != crc:
                return frames, Rest.CORRUPT
            frame = _decode(payload, end)
            if frame is None:
                return frames, Rest.CORRUPT
            frames.append(frame)
            position = end
    return frames, Rest.NONE


def encode_event(event: JournalEvent) -> bytes:
    """The event's own msgpack, as it stands within a frame."""
    return _encode(event)


def decode_event(body: bytes) -> JournalEvent | Unknown:
    """The event that `encode_event` encoded. Raises ValueError for anything else."""
    try:
        return _event.decode(body)
    except msgspec.ValidationError:
        return _unknown.decode(body)


def _decode(payload: memoryview, end: int) -> Frame | None:
    """The frame in a payload whose CRC holds; None if it is no event at all."""
    try:
        sequence, raw = _outer.decode(payload)
        body = bytes(raw)
        return Frame(sequence, decode_event(body), body, end)
    except (ValueError, msgspec.MsgspecError):
        return None
