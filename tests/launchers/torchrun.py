"""Runs that a real torchrun starts. Usage: torchrun.py LAUNCHER PYTHON, where PYTHON has torch"""
import os
import pathlib
import signal
import sys
import tempfile

from launched import Reference, mlp, wait_for_steps
from processes import Processes, free_port, running

LONG = 5000  # steps of the mlp: enough to be disturbed


class Tests:
    def __init__(self, launcher, python, scratch):
        self.torchrun = [python, "-m", "torch.distributed.run", "--no-python"]
        self.scratch = scratch
        self.short = Reference(launcher, mlp(300), scratch, "short")
        self.long = Reference(launcher, mlp(LONG), scratch, "long")

    def start(self, processes, name, reference, folder, *options):
        command = reference.command(folder, "--resume-if-possible")
        return processes.start(name, [*self.torchrun, *options, *command])

    def rank(self, number):
        """The pid of one of the run's processes."""
        (pid,) = running("trainbus", RANK=str(number))
        return pid

    def processes_are_one_run(self):
        ways = {"static": ["--master-port", free_port()], "standalone": ["--standalone"],
                "c10d": ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "--rdzv-id", "test"]}
        for name, options in ways.items():
            with Processes(self.scratch) as processes:
                self.start(processes, "torchrun", self.short, self.scratch / name, "--nproc-per-node", 3, *options)
                assert processes.code("torchrun") == 0
                self.short.compare(self.scratch / name)

    def two_agents_are_one_run(self):
        """As on two machines, with one rank in the first and two in the second."""
        for backend in ("static", "c10d"):
            with Processes(self.scratch) as processes:
                port, folder = free_port(), self.scratch / f"two-agents-{backend}"
                place = {"static": lambda i: ["--node-rank", i, "--master-addr", "127.0.0.1", "--master-port", port],
                         "c10d": lambda _: ["--rdzv-backend", "c10d", "--rdzv-endpoint", f"localhost:{port}",
                                            "--rdzv-id", "test"]}[backend]
                for i in range(2):
                    self.start(processes, f"agent-{i}", self.short, folder, "--nnodes", 2, "--nproc-per-node",
                               1 + i if backend == "static" else 2, *place(i))
                assert set(processes.codes().values()) == {0}
                self.short.compare(folder)

    def after_a_kill_all_are_started_again_and_go_on(self):
        for killed in (0, 1):
            folder = self.scratch / f"killed-{killed}"
            with Processes(self.scratch) as processes:
                options = ["--nproc-per-node", 3, "--max-restarts", 1, "--master-port", free_port()]
                torchrun = self.start(processes, "torchrun", self.long, folder, *options)
                wait_for_steps(folder, 20, torchrun)
                os.kill(self.rank(killed), signal.SIGKILL)
                assert processes.code("torchrun", 300) == 0
                self.long.compare(folder)

    def one_that_is_told_to_end_goes_on_when_it_is_started_again(self):
        folder = self.scratch / "told"
        for told in (True, False):
            with Processes(self.scratch) as processes:
                torchrun = self.start(processes, "torchrun", self.long, folder, "--nproc-per-node", 2, "--standalone")
                if told:
                    wait_for_steps(folder, 20, torchrun)
                    torchrun.send_signal(signal.SIGTERM)
                    assert processes.code("torchrun") not in (0, -signal.SIGTERM)
                else:
                    assert processes.code("torchrun", 240) == 0
        self.long.compare(folder)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        tests = Tests(sys.argv[1], sys.argv[2], pathlib.Path(temporary))
        for test in (tests.processes_are_one_run, tests.two_agents_are_one_run,
                     tests.after_a_kill_all_are_started_again_and_go_on,
                     tests.one_that_is_told_to_end_goes_on_when_it_is_started_again):
            test()
            print(test.__name__.replace("_", " "), flush=True)


main()
