"""Writes tests/data/journal/NAME.journal: journals of every kind of record, and every way to be bad.

It follows framework/core/journal/README.md and shares no code with trainbus, so that the files are a
reference of their own. What the reader must say of each stands in NAME.txt.

    python tests/data/make_journals.py
"""

import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "journal"
HEADER, ATTEMPT, STEP, EVALUATION, SAVE, HASH, REQUEST, END = range(1, 9)


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def frame(kind, payload):
    return struct.pack("<IIB", len(payload), masked_crc32c(bytes([kind]) + payload), kind) + payload


def text(value):
    return struct.pack("<I", len(value.encode())) + value.encode()


def header(major=1, minor=1, magic=b"trainbus journal", more=b""):
    return frame(HEADER, magic + struct.pack("<HH", major, minor) + text('{"run": "a"}') + more)


def attempt(number=1, resumed_step=0):
    return frame(ATTEMPT, struct.pack("<IIq", number, resumed_step, 1000) + text("{}"))


def step(number, tokens=(512,), losses=(0.75, 0.5), means=(), coefficients=(1e-6,), norm=None, flags=0,
         more=b""):
    payload = struct.pack("<IIqQdf", number, 0, 1_790_000_000_000_000_000 + number, 250_000_000, 1e-6, 0.0)
    payload += struct.pack("<BHHHI", flags | (2 if norm is not None else 0), len(tokens),
                           len(coefficients), len(means), len(losses))
    payload += struct.pack(f"<{len(tokens)}I{len(losses)}f", *tokens, *losses)
    payload += struct.pack(f"<{len(means)}d{len(coefficients)}f", *means, *coefficients)
    return frame(STEP, payload + (struct.pack("<d", norm) if norm is not None else b"") + more)


def evaluation(number, split=0, metrics=()):
    payload = struct.pack("<IBddQqQ", number, split, 0.5, float("nan") if metrics else 0.875, 872, 1000, 2000)
    if metrics:
        payload += struct.pack("<H", len(metrics))
    return frame(EVALUATION, payload + b"".join(text(name) + struct.pack("<d", value) for name, value in metrics))


def every_kind():
    return [
        header(), attempt(), step(1),
        step(2, (500, 501), (0.75, 0.5, 0.5, 0.25), (0.625, 0.375)),
        step(3, losses=(float("inf"), -0.0), coefficients=(0.0,), flags=1),
        step(4, losses=(0.5,), coefficients=(), norm=1.25),
        evaluation(4, 1), evaluation(4, 0, (("f1", 0.25), ("loss", 0.5))), frame(SAVE, struct.pack("<Iq", 4, 1000) + text("checkpoints/step-4")),
        frame(HASH, struct.pack("<I", 4) + bytes(range(32))),
        frame(REQUEST, struct.pack("<I", 4) + text("ema") + text("stop") + text("no better loss")),
        frame(END, struct.pack("<Iq", 4, 1000) + text("stopped") + text("ema")),
        attempt(2, 3), step(4),
    ]


def changed(records, place, at):
    """A bit of byte `at` of record `place` flipped."""
    records = list(records)
    record = bytearray(records[place])
    record[at] ^= 1
    records[place] = bytes(record)
    return records


THREE = [header(), attempt(), step(1), step(2), step(3)]
BEGIN = THREE[:2]

JOURNALS = {
    "every_kind": every_kind(),
    "only_a_header": [header()],
    "format_1_0": [header(minor=0), attempt(), step(1), evaluation(1), step(2)],
    "later_minor": [header(minor=7, more=b"new"), attempt(), frame(99, b"of a later version"),
                    step(1, flags=4, more=b"new field"), step(2)],
    # What crashes leave.
    "torn_tail": [*THREE[:4], THREE[4][:50]],
    "torn_length": [*THREE[:4], THREE[4][:3]],
    "changed_tail": changed(THREE, 4, 30),
    "changed_length_at_the_end": changed(THREE, 4, 2),
    "zeros_at_the_end": [*THREE, bytes(300)],
    # What they do not.
    "changed_record": changed(THREE, 3, 30),
    "changed_length": changed(THREE, 3, 1),
    "changed_header": changed(THREE, 0, 20),
    "missing_step": [*THREE[:3], THREE[4]],
    "doubled_step": [*THREE[:4], *THREE[3:]],
    # What no trainbus writes.
    "empty": [],
    "zeros": [bytes(100)],
    "text": [b"step,loss\n1,0.5\n"],
    "no_header": THREE[1:],
    "other_magic": [header(magic=b"trainbus jourNAL"), *THREE[1:]],
    "later_major": [header(major=2, minor=3), *THREE[1:]],
    "header_with_more": [header(more=b"new"), *THREE[1:]],
    "second_header": [*THREE, header()],
    "step_before_attempt": [header(), step(1)],
    "attempt_left_out": [*THREE, attempt(3, 3)],
    "resumed_in_the_future": [*THREE, attempt(2, 4)],
    "unknown_kind": [*THREE, frame(99, b"")],
    "unknown_flag": [*BEGIN, step(1, flags=4)],
    "too_many_metrics": [*BEGIN, frame(EVALUATION, bytes(45) + b"\xff\xff" + bytes(40))],
    "half_a_metric": [*BEGIN, frame(EVALUATION, bytes(45) + b"\1\0" + bytes(8))],
    "too_long_a_name": [*BEGIN, frame(EVALUATION, bytes(45) + b"\1\0\xff\xff\xff\xff" + bytes(9))],
    "more_than_its_metrics": [*BEGIN, frame(EVALUATION, bytes(45) + bytes(2) + b"new")],
    "unknown_split": [*BEGIN, evaluation(0, 2)],
    "more_than_its_fields": [*BEGIN, step(1, more=b"new")],
    "less_than_its_fields": [*BEGIN, frame(EVALUATION, bytes(20))],
    "too_many_losses": [*BEGIN, frame(STEP, bytes(43) + b"\xff\xff\xff\xff" + bytes(16))],
    "too_long_a_text": [*BEGIN, frame(SAVE, bytes(12) + b"\xff\xff\xff\xff" + b"path")],
    "too_long_a_record": [*BEGIN, b"\xff\xff\xff\xff" + bytes(1000)],
}

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, records in JOURNALS.items():
        (FOLDER / f"{name}.journal").write_bytes(b"".join(records))
