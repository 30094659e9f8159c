"""Kills training runs with SIGKILL at random instants of their whole life and goes on with them until
they end; then all is as in a run that nobody disturbed: the model to the byte, the journal, and every
number in every sink, once. Usage: kill_resume.py LAUNCHER WHAT [--kills N] [--seed N] [--model FILE]
WHAT: one of the keys of RUNS below. TRAINBUS_LONG_TESTS in the environment: ten times the kills."""
import argparse
import os
import pathlib
import random
import sys
import tempfile
import time

import sinks
from changes import Changes, wait_until
from undisturbed import Undisturbed, journal_of, write_tiny_models

TINY = ["--batch-size", "8", "--threads", "1", "--eval-every", "4", "--task.template", "{text} is",
        "--task.labels", "poor:d|good:f", "--lr-schedule", "linear", "--warmup-steps", "3"]
MEZO = ["--mezo.lr", "1e-3"]
RUNS = {
    "mezo": ["--max-steps", "40", *MEZO, "--keep-best", "eval/loss", "--save-every", "9"],
    "mezo-directions": ["--max-steps", "40", *MEZO, "--mezo.directions", "3", "--micro-batches", "2"],
    "mezo-shares": ["--max-steps", "40", *MEZO, "--mezo.directions", "3", "--mezo.shares", "yes"],
    "mezo-one-sided": ["--max-steps", "40", *MEZO, "--mezo.directions", "3", "--mezo.sides", "plus",
                       "--mezo.step-rule", "deviation"],
    "mezo-overlap": ["--max-steps", "40", *MEZO, "--mezo.directions", "2", "--overlap", "1"],
    "mezo-residual": ["--max-steps", "40", *MEZO, "--dtype", "bfloat16-residual", "--save-every", "7"],
    "adamw": ["--max-steps", "60", "--plugin", "adamw", "--adamw.lr", "2e-2", "--save-every", "5",
              "--plugin", "early-stopping", "--early-stopping.patience", "3",
              "--early-stopping.min-delta", "0.1", "--keep-best", "eval/loss"],
    "smollm2": ["--max-steps", "30", "--mezo.lr", "1e-6", "--batch-size", "4", "--eval-every", "10",
                "--eval-limit", "8", "--test", "no", "--task.template", "{text} It was",
                "--task.labels", "poor: terrible|good: great", "--save-every", "12"],
}


class Killer:
    def __init__(self, undisturbed, generator, most_kills):
        self.undisturbed, self.generator, self.most_kills = undisturbed, generator, most_kills
        self.kills_by_phase = {"before the first step": 0, "between": 0, "after the last": 0}

    def kills(self):
        return sum(self.kills_by_phase.values())

    def kill_once(self, folder):
        """One attempt, killed at a random instant; False if it ended before."""
        by_clock = not folder.exists() or self.generator.random() < 0.25
        process = self.undisturbed.start(folder)
        if by_clock:
            moment = time.monotonic() + self.generator.uniform(0, self.undisturbed.seconds)
            alive = wait_until(moment, process)
        else:
            changes = Changes(folder)
            alive = changes.wait_for(self.generator.random() ** 2 * self.undisturbed.changes, process)
            changes.close()
            time.sleep(self.generator.uniform(0, 2e-3) * self.generator.randrange(2))
        if alive:
            process.kill()
        process.wait()
        assert process.returncode in (0, -9), process.returncode
        if process.returncode == 0:
            return False
        self.check_order(folder)
        return True

    def check_order(self, folder):
        """The rule of the journal: no sink shows a step that it does not have."""
        counting, highest = journal_of(folder)
        assert sinks.highest_step(folder) <= highest, f"a sink is ahead of the journal's step {highest}"
        done, all_steps = len(counting), len(self.undisturbed.steps)
        phase = "between" if 0 < done < all_steps else "after the last" if done else "before the first step"
        self.kills_by_phase[phase] += 1

    def run_to_the_end(self, folder):
        if self.generator.randrange(2):
            folder.mkdir()
        try:
            while self.kills() < self.most_kills and self.kill_once(folder):
                pass
            process = self.undisturbed.start(folder)  # ends what was killed; what is complete stays so
            assert process.wait() == 0, process.returncode
            self.undisturbed.compare(folder)
        except Exception:
            print(self.undisturbed.said(folder), file=sys.stderr)
            raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("what", choices=RUNS)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", help="of smollm2")
    parser.add_argument("--scratch", help="a folder for the runs, which stay")
    asked = parser.parse_args()
    long, tiny = "TRAINBUS_LONG_TESTS" in os.environ, asked.what != "smollm2"
    if not tiny and not (long and asked.model):
        print("needs TRAINBUS_LONG_TESTS and a model")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(asked.scratch or temporary)
        write_tiny_models(scratch / "tiny")
        options = ["--model", scratch / "tiny/llama" if tiny else asked.model, *(TINY if tiny else []),
                   "--task.data", scratch / "tiny/reviews.csv", "--plugin", "jsonl", *RUNS[asked.what]]
        undisturbed = Undisturbed(asked.launcher, options, scratch)
        most_kills = asked.kills * (10 if long and tiny else 1)
        killer, runs = Killer(undisturbed, random.Random(asked.seed), most_kills), 0
        while killer.kills() < most_kills:
            runs += 1
            killer.run_to_the_end(scratch / f"run-{runs}")
    print(f"{asked.what}: {killer.kills()} kills in {runs} runs of {len(undisturbed.steps)} steps,",
          ", ".join(f"{count} {phase}" for phase, count in killer.kills_by_phase.items()))
    print("every end is that of the undisturbed run")


main()
