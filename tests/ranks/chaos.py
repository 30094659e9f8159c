"""Runs whose processes are killed, stopped, told to leave and come late, and whose leader is killed and resumes with
another number of processes: each ends with the bits of the undisturbed run of one process.
chaos.py TRAINBUS [--runs N] [--seed N]; 20 runs, with TRAINBUS_LONG_TESTS 200."""
import argparse
import os
import pathlib
import random
import signal
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "launchers"))

import launched  # noqa: E402
from processes import Processes, free_port, until  # noqa: E402

STEPS = 1500
PATIENCE = 1  # seconds


class Run:
    """One run of several processes that is disturbed."""

    def __init__(self, processes, reference, folder, chance):
        self.processes, self.reference, self.folder, self.chance = processes, reference, folder, chance
        self.started, self.stopped = 0, []
        self.begin(chance.randint(2, 4))

    def start(self, words, *more):
        self.started += 1
        name = f"{self.folder.name}-{self.started}"
        return self.processes.start(name, [self.reference.launcher, *map(str, words), "--rank-patience", PATIENCE, *more])

    def begin(self, ranks):
        self.leader_at = f"127.0.0.1:{free_port()}"
        resumes = (self.folder / "run.json").exists()
        words = ["resume", self.folder, "--disable-tqdm"] if resumes else self.reference.command(self.folder)[1:]
        order = list(range(ranks))
        self.chance.shuffle(order)
        members = {rank: self.start(words, "--ranks", ranks, "--rank", rank, "--leader", self.leader_at)
                   for rank in order}
        self.leader, self.workers = members.pop(0), list(members.values())

    def wait_for(self, step):
        journal = self.folder / "journal"
        until(lambda: self.leader.poll() is not None or (journal.exists() and launched.steps_done(self.folder) >= step),
              f"step {step}", said=self.processes.said)

    def disturb(self):
        what = self.chance.choice(["kill", "stop", "leave", "join", "leader"])
        if what == "join":
            self.workers.append(self.start(["join", self.leader_at, "--threads", 1]))
        elif what == "leader":
            self.leader.kill()
            self.leader.wait()
            for worker in self.workers:
                if worker not in self.stopped:
                    assert worker.wait(timeout=60) in (75, 0, 1, -9), self.processes.said()
            self.begin(self.chance.randint(1, 4))
        elif self.workers:
            worker = self.workers.pop(self.chance.randrange(len(self.workers)))
            if what == "stop":
                self.stopped.append(worker)
            if worker.poll() is None:
                worker.send_signal({"kill": signal.SIGKILL, "stop": signal.SIGSTOP, "leave": signal.SIGTERM}[what])
        return what

    def finish(self):
        assert self.leader.wait(timeout=120) == 0, self.processes.said()
        self.reference.compare(self.folder)


def one_run(launcher, reference, scratch, number, seed):
    chance = random.Random(f"{seed}-{number}")
    with Processes(scratch) as processes:
        run = Run(processes, reference, scratch / f"run-{number}", chance)
        done = []
        for step in sorted(chance.randrange(STEPS) for _ in range(chance.randint(1, 4))):
            run.wait_for(step)
            if run.leader.poll() is None:
                done.append(run.disturb())
        run.finish()
        log = (run.folder / "log.txt").read_text()
        done += ["begun anew"] * log.count("begins anew from its journal")
    return done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("launcher")
    parser.add_argument("--runs", type=int, default=200 if os.environ.get("TRAINBUS_LONG_TESTS") else 20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    counts = {}
    with tempfile.TemporaryDirectory() as place:
        scratch = pathlib.Path(place)
        references = [launched.Reference(asked.launcher, [*launched.mlp(STEPS), "--overlap", overlap], scratch,
                                         f"one-process-{overlap}") for overlap in (0, 1)]
        for number in range(asked.runs):
            for what in one_run(asked.launcher, references[number % 2], scratch, number, asked.seed):
                counts[what] = counts.get(what, 0) + 1
    print(f"{asked.runs} runs, each equal to the undisturbed one; disturbed by {counts}")


main()
