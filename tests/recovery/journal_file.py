"""A run's journal, record by record; see framework/core/journal/README.md."""
import struct

from crc32c import masked_crc32c

ATTEMPT, STEP, EVALUATION, END = 2, 3, 4, 8


def records(path):
    """Pairs of kind and payload up to the end, or to a record that was not written whole."""
    data, at = path.read_bytes(), 0
    while at + 9 <= len(data):
        length, crc, kind = struct.unpack_from("<IIB", data, at)
        body = data[at + 8:at + 9 + length]
        if len(body) < 1 + length or crc != masked_crc32c(body):
            return
        yield kind, body[1:]
        at += 9 + length


def last_kind(path):
    """Of the last record, without a look at checksums: to be asked often. 0: there is none."""
    data, at, last = path.read_bytes(), 0, 0
    while at + 9 <= len(data):
        length, _, kind = struct.unpack_from("<IIB", data, at)
        at += 9 + length
        if at <= len(data):
            last = kind
    return last


def first_u32(payload):
    return struct.unpack_from("<I", payload)[0]


def steps(path):
    """The steps that count, and the highest one in the file."""
    counting, highest = [], 0
    for kind, payload in records(path):
        if kind == ATTEMPT:
            del counting[struct.unpack_from("<I", payload, 4)[0]:]
        if kind == STEP:
            counting.append(first_u32(payload))
            highest = max(highest, counting[-1])
    return counting, highest


def attempts(path):
    return sum(kind == ATTEMPT for kind, _ in records(path))
