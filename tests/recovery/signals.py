"""Stops training runs in every phase; they stop cleanly and can be resumed.
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
TINY = ["--batch-size", "8", "--threads", "1", "--mezo.lr", "1e-3", "--max-steps", "300", "--eval-every", "10",
        "--save-every", "60", "--plugin", "jsonl", *TASK]
EVAL_EVERY = 10
EVERY = 2
MEASURED = ["--mezo.lr", "1e-6", "--max-steps", "100000", "--batch-size", "4", "--eval-every", str(EVERY), "--test", "no",
            "--plugin", "jsonl", "--task.template", "{text} It was", "--task.labels", "poor: terrible|good: great"]


PHASES = {
    "loading": lambda folder, every: (folder / "run.lock").exists() and last_record(folder) != journal_file.STEP,
    "catching up": lambda folder, every: last_record(folder) == journal_file.ATTEMPT,
    "training": lambda folder, every: last_record(folder) == journal_file.STEP and journal_of(folder)[1] % every,
    "evaluating": lambda folder, every: last_record(folder) == journal_file.STEP and journal_of(folder)[1] % every == 0,
    "saving": lambda folder, every: any(folder.glob("checkpoints/*.tmp-*")),
    "closing": lambda folder, every: last_record(folder) == journal_file.END,
}


def last_record(folder):
    return journal_file.last_kind(folder / "journal") if (folder / "journal").exists() else 0


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


def stop(process):
    """Halts it where it is; False if it has ended."""
    process.send_signal(signal.SIGSTOP)
    while process.poll() is None:
        if status_of(process.pid)["State"].startswith("T"):
            return True
    return False


def status_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def children_of(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


class Tests:
    def __init__(self, undisturbed):
        self.undisturbed, self.count = undisturbed, 0

    def halted(self, phase, more=(), **settings):
        """A process that stands still in this phase, and its folder. A phase can be short: what has gone
        through it too fast, or ended, is not it, and another one is looked at."""
        for _ in range(50):
            self.count += 1
            folder = self.undisturbed.scratch / f"run-{self.count}"
            if phase == "catching up":  # needs something to catch up with
                begun = self.undisturbed.start(folder, *more)
                wait_for_phase("evaluating", folder, EVAL_EVERY, begun)
                begun.kill()
                begun.wait()
            process = self.undisturbed.start(folder, *(() if phase == "catching up" else more), **settings)
            while wait_for_phase(phase, folder, EVAL_EVERY, process) and stop(process):
                if PHASES[phase](folder, EVAL_EVERY):
                    return process, folder
                process.send_signal(signal.SIGCONT)
            process.wait()
        raise AssertionError(f"none of 50 runs was met while it was {phase}")

    def interrupted(self, phase, signals=(signal.SIGTERM,), more=(), **settings):
        """A run that gets these signals in this phase: its folder and exit code."""
        process, folder = self.halted(phase, more, **settings)
        for number in signals:
            if settings.get("process_group") == 0:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            process.send_signal(signal.SIGCONT)
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
        # Of signals that are pending together, the lowest number comes first.
        assert code in (-signal.SIGINT, -signal.SIGTERM, RESUMABLE), (code, self.undisturbed.said(folder))
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
        """A terminal sends SIGINT to the whole group; a plugin's process has one of its own."""
        folder, code = self.interrupted("training", [signal.SIGINT], ["--jsonl.isolate", "yes"], process_group=0)
        assert code == RESUMABLE, (code, self.undisturbed.said(folder))
        assert "quarantined" not in self.undisturbed.said(folder)
        self.ends_as_if_nothing_had_been(folder)

    def a_plugins_process_has_no_signal_blocked(self):
        process, folder = self.halted("training", ["--jsonl.isolate", "yes"])
        assert int(status_of(process.pid)["SigBlk"], 16) != 0  # the run's own thread leaves them to another
        children = children_of(process.pid)
        assert len(children) == 1, children
        assert int(status_of(children[0])["SigBlk"], 16) == 0, status_of(children[0])["SigBlk"]
        process.send_signal(signal.SIGCONT)
        assert process.wait() == 0
        self.undisturbed.compare(folder)


class Measurement:
    """How long a run of a large model takes to stop on request."""

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
        tests.a_plugins_process_has_no_signal_blocked()
        print(f"{tests.count} runs were told to end, and went on to the end of an undisturbed one")


main()
