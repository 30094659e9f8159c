"""Tells training runs to end in every phase of their life; they end in order and can be gone on with.
Usage: signals.py LAUNCHER [--measure TRIES --model FILE [--scratch FOLDER]]: with --measure, how long
that takes with this model."""
import argparse
import os
import pathlib
import random
import signal
import statistics
import subprocess
import tempfile
import time

import journal_file
from changes import Changes
from undisturbed import Undisturbed, journal_of, write_tiny_models

RESUMABLE = 75
TASK = ["--task.template", "{text} is", "--task.labels", "poor:d|good:f"]
TINY = ["--batch-size", "8", "--threads", "1", "--mezo.lr", "1e-3", "--max-steps", "300", "--eval-every", "50",
        "--save-every", "60", "--plugin", "jsonl", *TASK]
EVERY = 2
MEASURED = ["--mezo.lr", "1e-6", "--max-steps", "100000", "--batch-size", "4", "--eval-every", str(EVERY), "--test", "no",
            "--plugin", "jsonl", "--task.template", "{text} It was", "--task.labels", "poor: terrible|good: great"]


def last_kind(folder):
    kinds = [kind for kind, _ in journal_file.records(folder / "journal")] if (folder / "journal").exists() else []
    return kinds[-1] if kinds else 0


PHASES = {
    "loading": lambda folder, every: (folder / "run.lock").exists(),
    "catching up": lambda folder, every: last_kind(folder) == journal_file.ATTEMPT,
    "training": lambda folder, every: last_kind(folder) == journal_file.STEP and journal_of(folder)[1] % every,
    "evaluating": lambda folder, every: last_kind(folder) == journal_file.STEP and journal_of(folder)[1] % every == 0,
    "saving": lambda folder, every: any(folder.glob("checkpoints/*.tmp-*")),
    "closing": lambda folder, every: last_kind(folder) == journal_file.END,
}


def wait_for_phase(phase, folder, every, process):
    """False if the process ended before it came to it."""
    folder.mkdir(exist_ok=True)
    changes = Changes(folder)
    try:
        while not PHASES[phase](folder, every):
            if not changes.wait_for(changes.count + 1, process):
                return False
        return process.poll() is None
    finally:
        changes.close()


class Tests:
    def __init__(self, undisturbed):
        self.undisturbed, self.count = undisturbed, 0

    def interrupted(self, phase, signals=(signal.SIGTERM,), more=(), **settings):
        """A run that gets these signals in this phase: its folder and exit code."""
        self.count += 1
        folder = self.undisturbed.scratch / f"run-{self.count}"
        if phase == "catching up":  # needs something to catch up with
            process = self.undisturbed.start(folder, *more)
            assert wait_for_phase("evaluating", folder, 50, process)
            process.kill()
            process.wait()
        process = self.undisturbed.start(folder, *(() if phase == "catching up" else more), **settings)
        assert wait_for_phase(phase, folder, 50, process), f"{folder} ended before it was {phase}"
        for number in signals:
            if settings.get("process_group") == 0:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            time.sleep(0.002)  # two of a kind that are pending at once are one
        return folder, process.wait()

    def ends_as_if_nothing_had_been(self, folder):
        process = self.undisturbed.start(folder)
        assert process.wait() == 0, self.undisturbed.said(folder)
        self.undisturbed.compare(folder)

    def in_every_phase_the_first_ends_in_order(self):
        for phase in PHASES:
            folder, code = self.interrupted(phase)
            expected = {"loading": [-signal.SIGTERM, RESUMABLE], "closing": [0, RESUMABLE]}.get(phase, [RESUMABLE])
            assert code in expected, (phase, code, self.undisturbed.said(folder))
            if code == -signal.SIGTERM:  # nothing was begun, and nothing is left behind
                assert not (folder / "run.json").exists()
            if code == RESUMABLE:
                assert "to go on: trainbus resume" in self.undisturbed.said(folder), phase
                assert phase == "catching up" or (folder / "model/model.safetensors").exists(), phase
            self.ends_as_if_nothing_had_been(folder)

    def a_second_one_ends_without_saving_a_third_at_once(self):
        folder, code = self.interrupted("training", [signal.SIGTERM, signal.SIGINT])
        assert code == RESUMABLE, (code, self.undisturbed.said(folder))
        self.ends_as_if_nothing_had_been(folder)
        folder, code = self.interrupted("training", [signal.SIGTERM, signal.SIGTERM, signal.SIGINT])
        assert code in (-signal.SIGINT, RESUMABLE), (code, self.undisturbed.said(folder))
        self.ends_as_if_nothing_had_been(folder)

    def usr1_saves_and_goes_on(self):
        folder, code = self.interrupted("training", [signal.SIGUSR1])
        assert code == 0, self.undisturbed.said(folder)
        saved = {int(path.name.removeprefix("step-")) for path in folder.glob("checkpoints/step-*")}
        assert len(saved - {60, 120, 180, 240, 300}) == 1, saved

    def a_resume_that_is_still_loading_stays_resumable(self):
        folder, _ = self.interrupted("training")
        process = self.undisturbed.start(folder)
        while "loading the model" not in self.undisturbed.said(folder).split("$")[-1]:
            time.sleep(0.001)
        process.send_signal(signal.SIGTERM)
        assert process.wait() == RESUMABLE, self.undisturbed.said(folder)
        self.ends_as_if_nothing_had_been(folder)

    def ctrl_c_reaches_the_run_alone(self):
        """A terminal sends SIGINT to the whole group; a plugin's process has one of its own, and no
        signal blocked."""
        folder, code = self.interrupted("training", [signal.SIGINT], ["--jsonl.isolate", "yes"], process_group=0)
        assert code == RESUMABLE, (code, self.undisturbed.said(folder))
        assert "quarantined" not in self.undisturbed.said(folder)
        self.ends_as_if_nothing_had_been(folder)


class Measurement:
    """How long a run of a large model takes to end after it was told to."""

    def __init__(self, launcher, model, scratch, steps):
        write_tiny_models(scratch / "tiny")
        self.launcher, self.folder, self.generator = launcher, scratch / "measured", random.Random(1)
        self.options = ["--model", model, "--task.data", scratch / "tiny/reviews.csv", *MEASURED]
        process = self.start()
        while not (process.poll() is None and journal_of(self.folder)[1] >= steps):
            time.sleep(0.5)
        process.kill()
        process.wait()
        print(journal_of(self.folder)[1], "steps to catch up with", flush=True)

    def start(self, *more):
        begun = (self.folder / "run.json").exists()
        command = ["resume", self.folder] if begun else ["train", *self.options, "--run-dir", self.folder]
        with open(f"{self.folder}.said", "a") as said:
            return subprocess.Popen([self.launcher, *map(str, [*command, *more]), "--disable-tqdm"], stdout=said,
                                    stderr=said, stdin=subprocess.DEVNULL)

    def reach(self, phase):
        """A process that is in this phase, somewhere."""
        process = self.start(*(["--save-every", "1"] if phase == "saving" else []))
        if phase == "loading":
            time.sleep(self.generator.uniform(0.1, 1.5))
            return process
        assert wait_for_phase("catching up", self.folder, EVERY, process)
        if phase == "catching up":
            time.sleep(self.generator.uniform(0, 1))
            return process
        assert wait_for_phase("training" if phase == "closing" else phase, self.folder, EVERY, process)
        if phase == "closing":
            process.send_signal(signal.SIGTERM)
            assert wait_for_phase(phase, self.folder, EVERY, process)
        time.sleep(self.generator.uniform(0, 0.3))
        return process

    def latency(self, phase):
        process = self.reach(phase)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait()
        assert code in (RESUMABLE, -signal.SIGTERM), code
        return time.monotonic() - began

    def report(self, phase, tries):
        latencies = [self.latency(phase) for _ in range(tries)]
        print(f"{phase}: worst {max(latencies):.2f} s, median {statistics.median(latencies):.2f} s of {tries}",
              flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("--measure", type=int)
    parser.add_argument("--model")
    parser.add_argument("--phase", choices=PHASES, action="append")
    parser.add_argument("--steps", type=int, default=4, help="to catch up with")
    parser.add_argument("--scratch", help="a folder for the runs, which stay")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = pathlib.Path(asked.scratch or temporary)
        if asked.measure:
            measurement = Measurement(asked.launcher, asked.model, scratch, asked.steps)
            for phase in asked.phase or PHASES:
                measurement.report(phase, asked.measure)
            return
        write_tiny_models(scratch / "tiny")
        options = ["--model", scratch / "tiny/llama", "--task.data", scratch / "tiny/reviews.csv", *TINY]
        tests = Tests(Undisturbed(asked.launcher, options, scratch))
        tests.in_every_phase_the_first_ends_in_order()
        tests.a_second_one_ends_without_saving_a_third_at_once()
        tests.usr1_saves_and_goes_on()
        tests.a_resume_that_is_still_loading_stays_resumable()
        tests.ctrl_c_reaches_the_run_alone()
        print(f"{tests.count} runs were told to end, and went on to the end of an undisturbed one")


main()
