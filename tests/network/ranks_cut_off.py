"""What is cut off costs the run nothing but the patience. Usage: ranks_cut_off.py RELAY LAUNCHER; all of it with
TRAINBUS_LONG_TESTS in the environment, else the first test."""
import os
import subprocess

from network_run import NetworkRun, Tests, run_tests

PATIENCE = ("--rank-patience", 5)  # seconds
INTERRUPTED = 75


class CutOff(Tests):
    def gave_up(self, run, *ranks):
        """They ended by themselves, and said whom they missed."""
        for rank in ranks:
            assert run.code(rank) not in (0, -9) and "leader" in run.said(rank), (run.code(rank), run.said(rank))

    def a_worker_that_is_cut_off_is_done_without(self):
        with NetworkRun(self, "worker", self.reference(300), 3, *PATIENCE, delay_ms=2) as run:
            run.reaches(20)
            run.network.cut(2)
            run.ends_as_one_process_does(0, 1)
            assert "rank 2" in run.said(0), run.said(0)
            self.gave_up(run, 2)

    def one_that_was_cut_off_joins_again(self):
        with NetworkRun(self, "again", self.reference(1200), 3, *PATIENCE, delay_ms=2) as run:
            run.reaches(20)
            run.network.cut(2)
            self.gave_up(run, 2)
            run.network.heal(2)
            joined = run.start(2, "joined", [self.launcher, "join", run.leader()])
            run.ends_as_one_process_does(0, 1)
            assert joined.wait(timeout=60) == 0, joined.returncode
            assert "joined" in run.said(0) and "computes from step" in run.said(0), run.said(0)

    def a_leader_that_is_cut_off_goes_on_alone_and_its_workers_end(self):
        with NetworkRun(self, "leader", self.reference(200), 3, *PATIENCE, delay_ms=2) as run:
            run.reaches(20)
            run.network.cut(0)
            run.ends_as_one_process_does(0)
            self.gave_up(run, 1, 2)

    def with_too_few_ranks_all_end_in_order(self):
        reference = self.reference(400)
        with NetworkRun(self, "too-few", reference, 3, *PATIENCE, "--min-ranks", 2, delay_ms=2) as run:
            run.reaches(20)
            run.network.cut(0)
            assert run.code(0) == INTERRUPTED and "fewer than 2 processes" in run.said(0), (run.code(0), run.said(0))
            self.gave_up(run, 1, 2)
        done = subprocess.run([self.launcher, "resume", run.folder], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        reference.compare(run.folder)


names = ["a_worker_that_is_cut_off_is_done_without"]
if "TRAINBUS_LONG_TESTS" in os.environ:
    names += ["one_that_was_cut_off_joins_again", "a_leader_that_is_cut_off_goes_on_alone_and_its_workers_end",
              "with_too_few_ranks_all_end_in_order"]
run_tests(CutOff, names)
