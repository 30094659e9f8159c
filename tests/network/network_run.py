"""A run with a rank in each namespace of a network; rank 0, the leader, is in the first."""
import functools
import pathlib
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "launchers"))

from launched import Reference, mlp, steps_done, wait_for_steps  # noqa: E402, F401
from network import Network, skip_if_unavailable  # noqa: E402
from processes import Processes  # noqa: E402

PORT = 7100  # nobody else is in the namespaces


class NetworkRun:
    """A context: ranks over a network with these delays. more: options of every rank."""

    def __init__(self, tests, name, reference, count, *more, **delays):
        self.reference, self.folder, self.count, self.more = reference, tests.scratch / name, count, more
        self.processes, self.network = Processes(tests.scratch), Network(tests.relay, count, **delays)

    def leader(self):
        return f"{self.network.address(0)}:{PORT}"

    def command(self, rank):
        place = ["--ranks", self.count, "--rank", rank, "--leader", self.leader()]
        return self.reference.command(self.folder, *place, *self.more)

    def start(self, i, name, command):
        return self.processes.start(name, command, popen=functools.partial(self.network.run, i))

    def __enter__(self):
        self.processes.__enter__()
        try:
            self.ranks = [self.start(i, f"{self.folder.name}-{i}", self.command(i)) for i in range(self.count)]
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        try:
            self.network.close()
        finally:
            self.processes.__exit__(*error)

    def reaches(self, steps):
        wait_for_steps(self.folder, steps, self.ranks[0])

    def code(self, rank, seconds=120):
        try:
            return self.ranks[rank].wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"rank {rank} has not ended after {seconds} s") from None

    def said(self, rank):
        return self.processes.said(f"{self.folder.name}-{rank}")

    def ends_as_one_process_does(self, *ranks):
        codes = {rank: self.code(rank) for rank in ranks or range(len(self.ranks))}
        assert set(codes.values()) == {0}, codes
        self.reference.compare(self.folder)


def run_tests(make, names):
    """Each of the tests that make(relay, launcher, scratch) has; the arguments are RELAY LAUNCHER."""
    relay, launcher = sys.argv[1:]
    skip_if_unavailable(relay)
    with tempfile.TemporaryDirectory() as temporary:
        tests = make(relay, launcher, pathlib.Path(temporary))
        for name in names:
            getattr(tests, name)()
            print(name.replace("_", " "), flush=True)


class Tests:
    def __init__(self, relay, launcher, scratch):
        self.relay, self.launcher, self.scratch = relay, launcher, scratch

    def reference(self, steps):
        return Reference(self.launcher, mlp(steps), self.scratch, f"one-process-{steps}")
