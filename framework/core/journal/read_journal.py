"""Prints the steps of a trainbus journal that count, as CSV: python read_journal.py JOURNAL
Its evaluations instead, a line for each metric: python read_journal.py JOURNAL evaluations"""
import struct, sys

TABLE = list(range(256))
for _ in range(8):
    TABLE = [crc >> 1 ^ (0x82F63B78 if crc & 1 else 0) for crc in TABLE]

def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

def records(data):
    at = 0
    while at + 9 <= len(data):
        length, crc, kind = struct.unpack_from("<IIB", data, at)
        if len(data) < at + 9 + length or crc != masked_crc32c(data[at + 8:at + 9 + length]):
            break
        yield kind, data[at + 9:at + 9 + length]
        at += 9 + length
    if at < len(data):
        print(f"no whole record at byte {at} of {len(data)}: read no further", file=sys.stderr)

def metrics(payload):  # (name, value) pairs behind 45 bytes; without them, format 1.0's two numbers
    at = 47
    for _ in range(struct.unpack_from("<H", payload, 45)[0] if len(payload) > 45 else 0):
        end = at + 4 + struct.unpack_from("<I", payload, at)[0]
        yield payload[at + 4:end].decode(), struct.unpack_from("<d", payload, end)[0]
        at = end + 8
    if len(payload) == 45:
        yield from zip(("loss", "accuracy"), struct.unpack_from("<dd", payload, 5))

steps, evaluations = [], []
for kind, payload in records(open(sys.argv[1], "rb").read()):
    if kind == 1 and (payload[:16] != b"trainbus journal" or payload[16:18] != b"\1\0"):
        sys.exit("not a journal of format 1")
    if kind == 2:  # an attempt: goes on after this step
        resumed = struct.unpack_from("<I", payload, 4)[0]
        del steps[resumed:]
        evaluations = [row for row in evaluations if row[0] <= resumed]
    if kind == 3:
        *fields, flags, m, n, k, l = struct.unpack_from("<IIqQdfBHHHI", payload)
        lists = struct.unpack_from(f"<{m}I{l}f{k}d{n}f{flags >> 1 & 1}d", payload, 47)
        steps.append((fields, flags & 1, m, m + l, m + l + k, m + l + k + n, lists))
    if kind == 4:
        step, split = struct.unpack_from("<IB", payload)
        examples = struct.unpack_from("<Q", payload, 21)[0]
        evaluations += [(step, ("validation", "test")[split], *pair, examples) for pair in metrics(payload)]
if sys.argv[2:] == ["evaluations"]:
    print("step,split,metric,value,examples")
    for step, split, name, value, examples in evaluations:
        print(step, split, name, f"{value:.17g}", examples, sep=",")
    sys.exit()
print("step,epoch,unix_ns,duration_ns,lr,decay,skipped,tokens,losses,means,coefficients,norm")
for (*whole, lr, decay), skipped, a, b, c, d, x in steps:
    parts = (x[:a], 17), (x[a:b], 9), (x[b:c], 17), (x[c:d], 9), (x[d:], 17)
    words = [" ".join(f"{v:.{digits}g}" for v in values) for values, digits in parts]
    print(*whole, f"{lr:.17g}", f"{decay:.9g}", skipped, *words, sep=",")
