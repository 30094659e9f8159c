"""The scalars of a folder of TensorBoard's event files, as TensorBoard's own loader shows them: the
files in order of their names, each up to its first torn record; the start of a session drops what
was there from its step on."""
import struct

from crc32c import masked_crc32c

START = 1


def payloads(data):
    at = 0
    while at + 12 <= len(data):
        length, crc = struct.unpack_from("<QI", data, at)
        body = data[at + 12:at + 12 + length]
        if crc != masked_crc32c(data[at:at + 8]) or len(data) < at + 16 + length:
            return
        if struct.unpack_from("<I", data, at + 12 + length)[0] != masked_crc32c(body):
            return
        yield body
        at += 16 + length


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """Pairs of number and value of a protocol buffer's message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(tag & 7)
            if size is None:
                size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        yield tag >> 3, value


def scalars_of(summary):
    for number, value in fields(summary):
        if number != 1:
            continue
        members = dict(fields(value))
        if 2 in members:  # simple_value
            yield members[1].decode(), struct.unpack("<f", members[2])[0]


def read(folder):
    """{(tag, step): value}. Fails if within a tag the steps do not grow."""
    shown = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for payload in payloads(path.read_bytes()):
            event = dict(fields(payload))
            step = event.get(2, 0)
            if 7 in event and dict(fields(event[7])).get(1) == START:
                shown = {tag: [p for p in points if p[0] < step] for tag, points in shown.items()}
            for tag, value in scalars_of(event.get(5, b"")):
                points = shown.setdefault(tag, [])
                assert not points or points[-1][0] < step, f"{tag} at step {step} after {points[-1]}"
                points.append((step, value))
    return {(tag, step): value for tag, points in shown.items() for step, value in points}
