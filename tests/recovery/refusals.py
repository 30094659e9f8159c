"""What `resume` and `replay` say when they are asked for what cannot be, as a newcomer would: compared
with refusals.txt beside this. Usage: refusals.py LAUNCHER; TRAINBUS_ACCEPT=1 accepts what is said now."""
import difflib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from crc32c import masked_crc32c

GOLDEN = pathlib.Path(__file__).with_suffix(".txt")
MLP = ["--task", "mlp", "--task.examples", "48", "--disable-tqdm", "--without", "csv", "--without", "tensorboard"]
TOLD = ("trainbus: error", "warning: ", "the run is complete", "to go on", "to continue", "attempt ", "it stopped", "end: ",
        "replayed ", "model after")
VARYING = {r"process \d+ on [\w-]+": "process 123 on HOST", r"(last|byte) \d+": r"\1 N", r"\d\.\d+": "X"}


def header_of(journal):
    """The JSON of a journal's first record, and the bytes behind the record."""
    length, _, _ = struct.unpack_from("<IIB", journal)
    return json.loads(journal[9 + 24:9 + length]), journal[9 + length:]


def with_header(**fields):
    """Changes these fields of a journal's header."""
    def change(journal):
        header, rest = header_of(journal)
        text = json.dumps(header | fields).encode()
        body = journal[8:9 + 20] + struct.pack("<I", len(text)) + text
        return struct.pack("<II", len(body) - 1, masked_crc32c(body)) + body + rest
    return change


class Session:
    def __init__(self, launcher, scratch):
        self.launcher, self.scratch, self.text = launcher, scratch, ""

    def run(self, *words):
        return subprocess.run([self.launcher, *words], capture_output=True, text=True, cwd=self.scratch)

    def train(self, folder, *words):
        done = self.run("train", *MLP, "--run-dir", folder, *words)
        assert done.returncode == 0, done.stderr

    def copy(self, name, journal=None):
        """The first run again, its journal's bytes changed by this."""
        shutil.copytree(self.scratch / "runs/first", self.scratch / "runs" / name)
        file = self.scratch / "runs" / name / "journal"
        if journal:
            file.write_bytes(journal(file.read_bytes()))
        return f"runs/{name}"

    def says(self, *words):
        """A call, the lines of its answer that are about it, and its exit code."""
        done = self.run(*words)
        said = (done.stderr + done.stdout).replace(str(self.scratch), "HERE")
        for pattern, instead in VARYING.items():
            said = re.sub(pattern, instead, said)
        lines = [line for line in said.splitlines() if line.startswith(TOLD)]
        self.text += "\n".join([f"$ trainbus {' '.join(words)}", *lines, f"exit code {done.returncode}", "", ""])


def talk(session):
    session.train("runs/first", "--max-steps", "8")
    flipped = lambda data: data[:-400] + bytes([data[-400] ^ 1]) + data[-399:]
    for words in (["resume"], ["resume", "--max-steps", "9"], ["resume", "runs/none"],
                  ["resume", "runs/first/model"], ["resume", "runs/first/run.json"]):
        session.says(*words)
    for change in ("--seed 3", "--mezo.eps 0.1", "--task.examples 50", "--task prompt-classification",
                   "--plugin adamw", "--overwrite", "--max-steps 4", "--batch-sise 3"):
        session.says("resume", "runs/first", *change.split())
    session.says("resume", "runs/first")
    session.says("resume", session.copy("cut", lambda data: data[:-30]), "--max-steps", "8")
    session.says("resume", session.copy("damaged", flipped), "--max-steps", "9")
    session.says("resume", session.copy("empty", lambda data: b""), "--max-steps", "9")
    session.says("resume", session.copy("text", lambda data: b"hello\n"), "--max-steps", "9")
    missing = session.copy("missing")
    (session.scratch / missing / "journal").unlink()
    session.says("resume", missing)
    lost = session.copy("lost")
    (session.scratch / lost / "run.json").unlink()
    session.says("resume", lost)  # the journal has it all
    for words in ([], ["runs/none"], ["runs/first"], ["runs/missing", "-o", "made"], ["runs/damaged", "-o", "made"],
                  ["runs/first", "--step", "100", "-o", "made"], ["runs/first", "--step", "x", "-o", "made"],
                  ["runs/first", "--verify"], ["runs/first", "--step", "3", "-o", "made"]):
        session.says("replay", *words)
    shares(session)
    session.train("runs/adamw", "--max-steps", "4", "--plugin", "adamw")
    session.says("replay", "runs/adamw", "-o", "made")
    session.train("runs/stopped", "--max-steps", "50", "--eval-every", "5", "--plugin", "early-stopping",
                  "--early-stopping.patience", "2", "--early-stopping.min-delta", "10")
    session.says("resume", "runs/stopped")
    session.says("train", *MLP, "--run-dir", "runs/first")
    on = subprocess.Popen([session.launcher, "train", *MLP, "--max-steps", "100000000", "--run-dir", "runs/on"],
                          cwd=session.scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (session.scratch / "runs/on/run.json").exists():
            assert on.poll() is None
        session.says("resume", "runs/on")
        session.says("train", *MLP, "--run-dir", "runs/on", "--overwrite")
    finally:
        on.kill()
        on.wait()


def shares(session):
    session.train("runs/shares", "--max-steps", "6", "--mezo.directions", "4", "--mezo.shares", "yes")
    for run, addressing, number in (("first", 1, None), ("shares", 2, 4)):
        header, _ = header_of((session.scratch / "runs" / run / "journal").read_bytes())
        assert (header["addressing"], header.get("shares")) == (addressing, number), header
    for change in ("--mezo.shares no", "--mezo.directions 8"):
        session.says("resume", "runs/shares", *change.split())
    session.says("replay", "runs/shares", "--verify")
    for name, fields in (("unknown", {"addressing": 3}), ("seven", {"addressing": 2, "shares": 7})):
        session.says("resume", session.copy(name, with_header(**fields)), "--max-steps", "9")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        session = Session(sys.argv[1], pathlib.Path(temporary))
        talk(session)
    if os.environ.get("TRAINBUS_ACCEPT"):
        GOLDEN.write_text(session.text)
    expected = GOLDEN.read_text() if GOLDEN.exists() else ""
    changes = list(difflib.unified_diff(expected.splitlines(), session.text.splitlines(), "accepted", "said", lineterm=""))
    print("\n".join(changes) or "as accepted")
    sys.exit(bool(changes))


main()
