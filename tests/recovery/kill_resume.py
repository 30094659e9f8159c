"""Kills training runs with SIGKILL at random instants of their whole life and goes on with them until
they end; then all is as in a run that nobody disturbed: the model to the byte, the journal, and every
number in every sink, once. Usage: kill_resume.py LAUNCHER WHAT [--kills N] [--seed N] [--model FILE]
WHAT: one of the keys of RUNS below. TRAINBUS_LONG_TESTS in the environment: ten times the kills."""
import argparse
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import journal_file
import sinks
from changes import Changes, wait_until

TINY = ["--batch-size", "8", "--threads", "1", "--eval-every", "4", "--task.template", "{text} is",
        "--task.labels", "poor:d|good:f", "--lr-schedule", "linear", "--warmup-steps", "3"]
MEZO = ["--mezo.lr", "1e-3"]
RUNS = {
    "mezo": ["--max-steps", "40", *MEZO, "--keep-best", "eval/loss", "--save-every", "9"],
    "mezo-directions": ["--max-steps", "40", *MEZO, "--mezo.directions", "3", "--micro-batches", "2"],
    "mezo-residual": ["--max-steps", "40", *MEZO, "--dtype", "bfloat16-residual", "--save-every", "7"],
    "adamw": ["--max-steps", "60", "--plugin", "adamw", "--adamw.lr", "2e-2", "--save-every", "5",
              "--plugin", "early-stopping", "--early-stopping.patience", "4", "--keep-best", "eval/loss"],
}
SMOLLM2 = ["--max-steps", "12", "--mezo.lr", "1e-6", "--batch-size", "4", "--eval-every", "4",
           "--eval-limit", "8", "--no-test", "--task.template", "{text} It was",
           "--task.labels", "poor: terrible|good: great", "--save-every", "6"]


def journal_of(folder):
    return journal_file.steps(folder / "journal") if (folder / "journal").exists() else ([], 0)


class Killer:
    def __init__(self, launcher, options, scratch, generator):
        self.launcher, self.options, self.scratch = launcher, options, scratch
        self.generator, self.kills, self.unfinished = generator, 0, 0
        self.reference = scratch / "reference"
        began = time.monotonic()
        self.reference.mkdir()
        changes = Changes(self.reference)
        process = self.start(self.reference)
        assert not changes.wait_for(math.inf, process) and process.returncode == 0, self.said(self.reference)
        self.seconds, self.changes = time.monotonic() - began, changes.count
        changes.close()
        self.shown = {name: read(self.reference) for name, read in sinks.READERS.items()}
        self.steps, _ = journal_of(self.reference)
        assert self.steps == list(range(1, len(self.steps) + 1)) and len(self.steps) > 5, self.steps
        for name, shown in self.shown.items():
            assert max(step for _, step in shown) == len(self.steps), name

    def start(self, folder):
        """Begins with the run or, if it has begun, goes on with it."""
        begun = (folder / "run.json").exists()
        command = ["resume", folder] if begun else ["train", *self.options, "--run-dir", folder]
        with open(f"{folder}.said", "a") as said:
            print("$", *command, file=said, flush=True)
            return subprocess.Popen([self.launcher, *map(str, command), "--disable-tqdm"], stdout=said,
                                    stderr=said, stdin=subprocess.DEVNULL)

    def said(self, folder):
        return pathlib.Path(f"{folder}.said").read_text()

    def kill_once(self, folder):
        """One attempt, killed at a random instant; False if it ended before."""
        by_clock = not folder.exists() or self.generator.random() < 0.25
        process = self.start(folder)
        if by_clock:
            alive = wait_until(time.monotonic() + self.generator.uniform(0, self.seconds), process)
        else:
            changes = Changes(folder)
            alive = changes.wait_for(self.generator.random() ** 2 * self.changes, process)
            changes.close()
            time.sleep(self.generator.uniform(0, 2e-3) * self.generator.randrange(2))
        if alive:
            process.kill()
        process.wait()
        assert process.returncode in (0, -9), (process.returncode, self.said(folder))
        if process.returncode == 0:
            return False
        self.kills += 1
        self.check_order(folder)
        return True

    def check_order(self, folder):
        """The rule of the journal: no sink shows a step that it does not have."""
        _, highest = journal_of(folder)
        assert sinks.highest_step(folder) <= highest, f"a sink is ahead of the journal's step {highest}"

    def run_to_the_end(self, number, most_kills):
        folder = self.scratch / f"run-{number}"
        if self.generator.randrange(2):
            folder.mkdir()
        try:
            while self.kills < most_kills and self.kill_once(folder):
                pass
            process = self.start(folder)  # ends what was killed, and shows what is complete to be so
            assert process.wait() == 0, process.returncode
            self.compare(folder)
        except Exception:
            print(self.said(folder), file=sys.stderr)
            raise

    def compare(self, folder):
        counting, _ = journal_of(folder)
        assert counting == self.steps, (counting, len(self.steps))
        assert not list(folder.rglob("*.tmp-*")), list(folder.rglob("*.tmp-*"))
        for name in ("model", "best-model"):
            if (self.reference / name).exists():
                file = pathlib.Path(name) / "model.safetensors"
                assert (folder / file).read_bytes() == (self.reference / file).read_bytes(), file
        for name, read in sinks.READERS.items():
            shown, expected = read(folder), self.shown[name]
            missing, extra = expected.keys() - shown.keys(), shown.keys() - expected.keys()
            assert not missing and not extra, f"{name} lacks {missing} and has {extra}"
            for point, value in expected.items():
                assert shown[point] == value, f"{name}: {point} is {shown[point]}, expected {value}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("what", choices=[*RUNS, "smollm2"])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", help="of smollm2")
    parser.add_argument("--scratch", help="a folder for the runs, which stay")
    asked = parser.parse_args()
    long = "TRAINBUS_LONG_TESTS" in os.environ
    if asked.what == "smollm2" and not (long and asked.model):
        print("needs TRAINBUS_LONG_TESTS and a model")
        sys.exit(77)
    kills = asked.kills * (10 if long and asked.what != "smollm2" else 1)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(asked.scratch or temporary)
        tiny = scratch / "tiny"
        subprocess.run([sys.executable, pathlib.Path(__file__).parent.parent / "models" /
                        "make_tiny_checkpoints.py", tiny], check=True)
        options = SMOLLM2 if asked.what == "smollm2" else [*TINY, *RUNS[asked.what]]
        options = ["--model", asked.model or tiny / "llama", "--task.data", tiny / "reviews.csv",
                   "--plugin", "jsonl", *options]
        killer = Killer(asked.launcher, options, scratch, random.Random(asked.seed))
        runs = 0
        while killer.kills < kills:
            runs += 1
            killer.run_to_the_end(runs, kills)
    print(f"{asked.what}: {killer.kills} kills in {runs} runs of {len(killer.steps)} steps; every end is "
          "that of the undisturbed run")


main()
