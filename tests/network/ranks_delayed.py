"""Ranks that are far from one another make the run of one process. Usage: ranks_delayed.py RELAY LAUNCHER"""
import time

from network_run import NetworkRun, Tests, run_tests, steps_done


class Delayed(Tests):
    def over_links_with_jitter(self):
        with NetworkRun(self, "delayed", self.reference(60), 3, delay_ms=10, jitter_ms=2) as run:
            run.ends_as_one_process_does()

    def over_links_that_lose_packets(self):
        with NetworkRun(self, "lossy", self.reference(61), 3, delay_ms=2) as run:
            run.reaches(5)
            run.network.tell("loss 0.01")
            run.ends_as_one_process_does()

    def a_short_cut_costs_nobody(self):
        """One shorter than the patience: the connections outlast it."""
        with NetworkRun(self, "short-cut", self.reference(200), 3, delay_ms=2) as run:
            run.reaches(20)
            run.network.cut(1)
            done = stands_still(run)
            run.network.heal(1)
            assert done < 200
            run.ends_as_one_process_does()


def stands_still(run):
    """Waits until the leader does no more steps; their number."""
    before = -1
    while (now := steps_done(run.folder)) != before:
        before = now
        time.sleep(0.5)
    return now


run_tests(Delayed, ["over_links_with_jitter", "over_links_that_lose_packets", "a_short_cut_costs_nobody"])
