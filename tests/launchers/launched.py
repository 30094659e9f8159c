"""A run of one process, and whether a run of several is equal to it: in the bytes of its models, in its journal but
for times and attempts, in every number of every sink, and in the names of its files."""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS / "recovery"))

import journal_file  # noqa: E402
import sinks  # noqa: E402
from processes import free_port, until  # noqa: E402
from undisturbed import journal_of, write_tiny_models  # noqa: E402

HEADER = 1  # of a journal

# Four items a step, so up to four ranks.
MLP = ["--task", "mlp", "--eval-every", "20", "--mezo.directions", "2", "--micro-batches", "2", "--mezo.lr", "1e-2",
       "--threads", "1", "--plugin", "jsonl"]
LLAMA = ["--batch-size", "8", "--threads", "1", "--eval-every", "4", "--task.template", "{text} is", "--task.labels",
         "poor:d|good:f", "--lr-schedule", "linear", "--mezo.lr", "1e-3", "--mezo.directions", "3", "--micro-batches",
         "2", "--keep-best", "eval/loss", "--plugin", "jsonl"]


def mlp(steps):
    return [*MLP, "--max-steps", steps]


def llama(scratch, steps):
    """Writes a tiny model and its data into `scratch`, once."""
    if not (scratch / "tiny").exists():
        write_tiny_models(scratch / "tiny")
    model, data = scratch / "tiny/llama", scratch / "tiny/reviews.csv"
    return ["--model", model, "--task.data", data, *LLAMA, "--max-steps", steps]


def history(folder):
    """The journal's header, steps and evaluations that count, without times and the command."""
    kept = []
    for kind, payload in journal_file.records(folder / "journal"):
        if kind == journal_file.ATTEMPT:
            resumed = struct.unpack_from("<I", payload, 4)[0]
            kept = [(k, p) for k, p in kept if k == HEADER or journal_file.first_u32(p) <= resumed]
        elif kind == journal_file.STEP:
            kept.append((kind, payload[:8] + payload[24:]))
        elif kind == journal_file.EVALUATION:
            kept.append((kind, payload[:29] + payload[45:]))
        elif kind == HEADER:
            header = json.loads(payload[24:])
            del header["run"]  # the command
            kept.append((kind, payload[:20] + json.dumps(header).encode()))
    return kept




def files_of(folder):
    """Names below the run's folder; TensorBoard's have the time and the machine in them. Those of an attempt that
    was interrupted are not the run's."""
    names = {re.sub(r"(events\.out\.tfevents\.).*", r"\1", str(path.relative_to(folder)))
             for path in folder.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith("checkpoints/")}


class Reference:
    """The run that one process makes with these options of `trainbus train`."""

    def __init__(self, launcher, options, scratch, name="one-process"):
        self.launcher, self.options, self.folder = launcher, [*map(str, options)], scratch / name
        done = subprocess.run(self.command(self.folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=600)
        assert done.returncode == 0, done.stdout
        self.history, self.steps = history(self.folder), len(journal_of(self.folder)[0])
        self.shown = {name: read(self.folder) for name, read in sinks.READERS.items()}
        assert self.steps > 5 and any(kind == journal_file.EVALUATION for kind, _ in self.history)

    def command(self, folder, *more):
        return [self.launcher, "train", *self.options, "--run-dir", str(folder), "--disable-tqdm", *map(str, more)]

    def compare(self, folder):
        """The run in `folder` is complete, and equal."""
        counting, _ = journal_of(folder)
        assert counting == list(range(1, self.steps + 1)), f"{folder} has {len(counting)} of {self.steps} steps"
        for number, (ours, theirs) in enumerate(zip(self.history, history(folder))):
            assert ours == theirs, f"record {number} of the journal, of kind {ours[0]}, is {theirs}, expected {ours}"
        assert len(history(folder)) == len(self.history)
        for path in self.folder.rglob("*.safetensors"):
            name = path.relative_to(self.folder)
            if name.parts[0] != "checkpoints":
                assert (folder / name).read_bytes() == path.read_bytes(), f"{name} has other bytes"
        for name, read in sinks.READERS.items():
            shown, expected = read(folder), self.shown[name]
            assert shown.keys() == expected.keys(), f"{name}: {shown.keys() ^ expected.keys()}"
            for point, value in shown.items():
                assert value == expected[point], f"{name}: {point} is {value}, expected {expected[point]}"
        assert files_of(folder) == files_of(self.folder), files_of(folder) ^ files_of(self.folder)


def steps_done(folder):
    return journal_of(folder)[1]


def start_ranks(processes, reference, folder, count, *more, order=None, environment=None, host="127.0.0.1"):
    """`count` processes of one run on this machine, as a shell loop starts them; a list of them by rank.
    environment: rank → variables that tell a rank its place, instead of the options."""
    leader, ranks = f"{host}:{free_port()}", [None] * count
    for rank in order or range(count):
        place = [] if environment else ["--ranks", count, "--rank", rank, "--leader", leader]
        variables = {**os.environ, **environment(rank)} if environment else None
        ranks[rank] = processes.start(f"{folder.name}-rank-{rank}-{len(processes.started)}",
                                      reference.command(folder, *place, *more), env=variables)
    return ranks


def wait_for_steps(folder, count, process):
    """Until the run has so many steps; it must still be at work then."""
    journal = folder / "journal"
    until(lambda: process.poll() is not None or (journal.exists() and steps_done(folder) >= count), f"{count} steps")
    assert process.poll() is None, f"the run ended ({process.returncode}) before it was disturbed"
