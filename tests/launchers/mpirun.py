"""Runs that Open MPI's or MPICH's mpirun starts. Usage: mpirun.py LAUNCHER open-mpi|mpich"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from launched import Reference, mlp, wait_for_steps
from long_tests import skip, skip_unless_long
from processes import Processes, running, until

# Of each: the words of its --version, the names that its mpirun can have, its options for more processes than
# cores as root, the variable of the rank, and the options with which a killed process does not end the others.
KINDS = {
    "open-mpi": ("(Open MPI)", ["mpirun.openmpi", "mpirun"], ["--allow-run-as-root", "--oversubscribe"],
                 "OMPI_COMM_WORLD_RANK", ["--enable-recovery"]),
    "mpich": ("HYDRA", ["mpirun.mpich", "mpiexec.hydra", "mpirun"], [], "PMI_RANK", None),
}


def found(kind):
    words, names, options, _, _ = KINDS[kind]
    for name in names:
        if path := shutil.which(name):
            said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60).stdout
            if words in said:
                return [path, *options]
    return None


class Tests:
    def __init__(self, launcher, scratch, kind):
        self.mpirun, self.variable, self.recovery = found(kind), *KINDS[kind][3:]
        self.scratch = scratch
        self.short = Reference(launcher, mlp(300), scratch, "short")
        self.long = Reference(launcher, mlp(5000), scratch, "long")

    def start(self, processes, name, reference, folder, count, *options):
        command = reference.command(folder, "--resume-if-possible")
        return processes.start(name, [*self.mpirun, *options, "-n", count, *command])

    def rank(self, number):
        """The pid of one of the run's processes."""
        (pid,) = running("trainbus", **{self.variable: str(number)})
        return pid

    def processes_are_one_run(self):
        for count in (2, 3):
            with Processes(self.scratch) as processes:
                folder = self.scratch / f"of-{count}"
                self.start(processes, "mpirun", self.short, folder, count)
                assert processes.code("mpirun") == 0
                self.short.compare(folder)

    def one_that_is_told_to_end_goes_on_when_it_is_started_again(self):
        folder = self.scratch / "told"
        with Processes(self.scratch) as processes:
            mpirun = self.start(processes, "mpirun", self.long, folder, 3)
            wait_for_steps(folder, 20, mpirun)
            mpirun.send_signal(signal.SIGTERM)
            assert processes.code("mpirun") not in (0, -signal.SIGTERM)
            until(lambda: not running("trainbus"), "the processes' end")
        self.goes_on(folder)

    def one_that_lost_a_process_goes_on_when_it_is_started_again(self):
        """Without options, mpirun ends all of them."""
        folder = self.scratch / "lost"
        with Processes(self.scratch) as processes:
            wait_for_steps(folder, 20, self.start(processes, "mpirun", self.long, folder, 3))
            os.kill(self.rank(1), signal.SIGKILL)
            assert processes.code("mpirun") not in (0, -signal.SIGTERM)
        self.goes_on(folder)

    def a_killed_worker_costs_nothing(self):
        if self.recovery is None:
            return print("not with this mpirun: it ends all when one is killed")
        folder = self.scratch / "recovered"
        with Processes(self.scratch) as processes:
            mpirun = self.start(processes, "mpirun", self.long, folder, 3, *self.recovery)
            wait_for_steps(folder, 20, mpirun)
            os.kill(self.rank(1), signal.SIGKILL)
            assert processes.code("mpirun", 240) == 0
            self.long.compare(folder)

    def goes_on(self, folder):
        with Processes(self.scratch) as processes:
            self.start(processes, "again", self.long, folder, 2)
            assert processes.code("again", 240) == 0
            self.long.compare(folder)


def main():
    launcher, kind = sys.argv[1:]
    skip_unless_long()
    if not found(kind):
        skip(f"no mpirun of {kind} is installed (Debian: {'openmpi-bin' if kind == 'open-mpi' else 'mpich'})")
    with tempfile.TemporaryDirectory() as temporary:
        tests = Tests(launcher, pathlib.Path(temporary), kind)
        for test in (tests.processes_are_one_run, tests.one_that_is_told_to_end_goes_on_when_it_is_started_again,
                     tests.one_that_lost_a_process_goes_on_when_it_is_started_again,
                     tests.a_killed_worker_costs_nothing):
            test()
            print(test.__name__.replace("_", " "), flush=True)


main()
