"""Runs under a real Slurm, of this machine alone, with the script for users, apps/train.sbatch. Usage:
slurm.py LAUNCHER SCRIPT"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

from launched import Reference, mlp, wait_for_steps
from long_tests import skip, skip_unless_long
from processes import Processes, running, until
from slurm_cluster import Cluster, unavailable

LONG = 5000  # steps of the mlp: enough to be disturbed


class Job:
    """A submitted script, whose process is as good as a Popen's to `wait_for_steps`."""

    def __init__(self, cluster, scratch, name, script, *words, tasks=3, options=()):
        self.cluster, self.output, self.returncode = cluster, scratch / f"{name}.out", None
        self.number = cluster.submit([f"--ntasks={tasks}", f"--output={self.output}", *options, script, *words])

    def state(self):
        return self.cluster.job(self.number).get("JobState", "unknown")

    def poll(self):
        return None if self.state() in ("PENDING", "CONFIGURING", "RUNNING", "COMPLETING") else 1

    def until(self, state, seconds=120):
        until(lambda: self.state() == state, f"the job's state {state}", seconds,
              lambda: f"{self.state()}\n{self.said()}")

    def restarts(self):
        return int(self.cluster.job(self.number)["Restarts"])

    def said(self):
        return self.output.read_text() if self.output.exists() else ""

    def task(self, number):
        """The pid of its trainbus of this rank."""
        (pid,) = running("trainbus", SLURM_JOB_ID=self.number, SLURM_PROCID=str(number))
        return pid


class Tests:
    def __init__(self, launcher, script, scratch, cluster):
        self.launcher, self.script, self.scratch, self.cluster = launcher, script, scratch, cluster
        self.short = Reference(launcher, mlp(300), scratch, "short")
        self.long = Reference(launcher, mlp(LONG), scratch, "long")
        cluster.environment["TRAINBUS"] = launcher

    def job(self, reference, folder, **settings):
        _, _, *words = reference.command(folder)
        return Job(self.cluster, self.scratch, folder.name, self.script, *words, **settings)

    def tasks_are_one_run(self):
        for count in (1, 2, 4):
            folder = self.scratch / f"of-{count}"
            done = self.cluster.run("srun", "-n", count, *self.short.command(folder))
            assert done.returncode == 0, done.stdout
            self.short.compare(folder)
            assert done.stdout.count("end:") == 1, done.stdout

    def tasks_on_two_nodes_are_one_run(self):
        for tasks in (2, 3):  # 3: two on the first node
            folder = self.scratch / f"two-nodes-{tasks}"
            done = self.cluster.run("srun", "--nodes=2", f"--ntasks={tasks}", *self.short.command(folder))
            assert done.returncode == 0, done.stdout
            self.short.compare(folder)

    def a_batch_script_without_srun_is_one_process(self):
        """Slurm tells it a rank and a number of tasks all the same."""
        folder, script = self.scratch / "without-srun", self.scratch / "without-srun.sh"
        script.write_text('#!/bin/bash\n"$TRAINBUS" train "$@"\n')
        _, _, *words = self.short.command(folder)
        job = Job(self.cluster, self.scratch, folder.name, script, *words)
        job.until("COMPLETED")
        self.short.compare(folder)

    def a_notice_ends_the_attempt_and_the_job_goes_on(self):
        folder = self.scratch / "notice"
        job = self.job(self.long, folder)
        wait_for_steps(folder, 20, job)
        self.cluster.run("scancel", "--signal=TERM", job.number)
        until(lambda: job.restarts() == 1, "the job's return to the queue", said=job.said)
        assert "code 75" in job.said() and "code 137" not in job.said(), job.said()
        job.until("COMPLETED", 240)
        self.long.compare(folder)

    def a_job_whose_time_is_over_ends_in_order_and_goes_on(self):
        """Slurm sends the notice half a minute into a job of one minute; the run would take hours."""
        folder = self.scratch / "one-minute"
        words = [*mlp(10**8), "--run-dir", folder, "--disable-tqdm"]
        job = Job(self.cluster, self.scratch, folder.name, self.script, *words, tasks=2, options=["--time=1"])
        until(lambda: job.restarts() == 1, "the job's return to the queue", 120, job.said)
        (attempt,) = json.loads((folder / "run.json").read_text())["attempts"]
        assert attempt["end"]["kind"] == "interrupted", attempt
        assert "code 75" in job.said() and "code 137" not in job.said(), job.said()
        job.until("RUNNING")
        self.cluster.run("scancel", job.number)
        job.until("CANCELLED")
        until(lambda: not running("trainbus"), "the tasks' end")
        done = self.cluster.run(self.launcher, "replay", folder, "--verify", timeout=300)
        assert done.returncode == 0, done.stdout

    def a_cancelled_job_ends_in_order_and_does_not_go_on(self):
        folder = self.scratch / "cancelled"
        job = self.job(self.long, folder)
        wait_for_steps(folder, 20, job)
        self.cluster.run("scancel", job.number)
        job.until("CANCELLED")
        until(lambda: not running("trainbus"), "the tasks' end")
        assert job.restarts() == 0 and "code 137" not in job.said(), job.said()
        done = subprocess.run([self.launcher, "resume", folder], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        self.long.compare(folder)

    def a_killed_task_does_not_end_the_run(self):
        folder = self.scratch / "killed"
        job = self.job(self.long, folder)
        wait_for_steps(folder, 20, job)
        os.kill(job.task(1), signal.SIGKILL)
        # srun's code is the killed task's, so the script queues the job again, which finds the run complete.
        job.until("COMPLETED", 240)
        assert "task 1: Killed" in job.said() and job.restarts() == 1, job.said()
        self.long.compare(folder)
        attempts = json.loads((folder / "run.json").read_text())["attempts"]
        assert len(attempts) == 1, attempts

    def a_killed_leader_ends_the_attempt_and_the_job_goes_on(self):
        folder = self.scratch / "killed-leader"
        job = self.job(self.long, folder)
        wait_for_steps(folder, 20, job)
        os.kill(job.task(0), signal.SIGKILL)
        job.until("COMPLETED", 300)
        assert job.restarts() == 1, job.said()
        self.long.compare(folder)


def main():
    launcher, script = sys.argv[1:]
    skip_unless_long()
    if reason := unavailable():
        skip(reason)
    with tempfile.TemporaryDirectory(prefix="slurm-") as temporary, Processes(pathlib.Path(temporary)):
        scratch = pathlib.Path(temporary) / "scratch"
        scratch.mkdir()
        with Cluster(temporary) as cluster:
            tests = Tests(launcher, script, scratch, cluster)
            for test in (tests.tasks_are_one_run, tests.tasks_on_two_nodes_are_one_run,
                         tests.a_batch_script_without_srun_is_one_process,
                         tests.a_notice_ends_the_attempt_and_the_job_goes_on,
                         tests.a_job_whose_time_is_over_ends_in_order_and_goes_on,
                         tests.a_cancelled_job_ends_in_order_and_does_not_go_on,
                         tests.a_killed_task_does_not_end_the_run,
                         tests.a_killed_leader_ends_the_attempt_and_the_job_goes_on):
                test()
                print(test.__name__.replace("_", " "), flush=True)


main()
