"""Several processes that a shell loop starts are one run: its end is that of one process, to the byte. Usage:
shell_loop.py LAUNCHER"""
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile

from launched import Reference, llama, mlp, start_ranks, steps_done, wait_for_steps
from processes import Processes, free_port

INTERRUPTED = 75
LONG = 5000  # steps of the mlp: enough to be disturbed
# Of each launcher: names of the rank and of the number of ranks, on one machine.
VARIABLES = {
    "torchrun": (["RANK", "LOCAL_RANK"], ["WORLD_SIZE", "LOCAL_WORLD_SIZE"]),
    "open-mpi": (["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_RANK"],
                 ["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"]),
    "mpich": (["PMI_RANK", "MPI_LOCALRANKID"], ["PMI_SIZE", "MPI_LOCALNRANKS"]),
}


class Tests:
    def __init__(self, launcher, scratch):
        self.launcher, self.scratch = launcher, scratch
        self.short = Reference(launcher, mlp(300), scratch, "short")
        self.long = Reference(launcher, mlp(LONG), scratch, "long")

    def folder(self, name):
        return self.scratch / name

    def every_number_of_ranks_makes_the_run_of_one_process(self):
        for count in (2, 3, 4):
            with Processes(self.scratch) as processes:
                folder = self.folder(f"of-{count}")
                ranks = start_ranks(processes, self.short, folder, count)
                assert set(processes.codes().values()) == {0}, processes.codes()
                self.short.compare(folder)
                endings = [processes.said(name).count("\nend:") for name in processes.started]
                assert endings == [1] + [0] * (count - 1), endings  # the leader alone speaks of the run
                assert len(ranks) == count

    def a_language_model(self):
        reference = Reference(self.launcher, llama(self.scratch, 12), self.scratch, "llama")
        with Processes(self.scratch) as processes:
            start_ranks(processes, reference, self.folder("llama-of-3"), 3)
            assert set(processes.codes().values()) == {0}, processes.codes()
            reference.compare(self.folder("llama-of-3"))

    def workers_may_come_before_their_leader(self):
        with Processes(self.scratch) as processes:
            start_ranks(processes, self.short, self.folder("late-leader"), 3, order=[2, 1, 0])
            assert set(processes.codes().values()) == {0}, processes.codes()
            self.short.compare(self.folder("late-leader"))

    def the_leader_may_have_an_ipv6_address(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as error:
            return print(f"not tried: ::1 is not there ({error})")
        with Processes(self.scratch) as processes:
            start_ranks(processes, self.short, self.folder("ipv6"), 2, host="[::1]")
            assert set(processes.codes().values()) == {0}, processes.codes()
            assert "leads at [::1]:" in processes.said(), processes.said()
            self.short.compare(self.folder("ipv6"))

    def launchers_tell_ranks_their_place_by_variables(self):
        for name, (rank_names, size_names) in VARIABLES.items():
            address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}

            def variables(rank):
                return address | dict.fromkeys(rank_names, str(rank)) | dict.fromkeys(size_names, "2")

            with Processes(self.scratch) as processes:
                start_ranks(processes, self.short, self.folder(name), 2, environment=variables)
                assert set(processes.codes().values()) == {0}, processes.codes()
                self.short.compare(self.folder(name))

    def a_killed_worker_costs_nothing(self):
        with Processes(self.scratch) as processes:
            folder = self.folder("killed-worker")
            leader, killed, other = start_ranks(processes, self.long, folder, 3)
            wait_for_steps(folder, 20, leader)
            killed.kill()
            assert leader.wait(timeout=240) == 0 and other.wait(timeout=240) == 0, processes.codes()
            self.long.compare(folder)

    def a_worker_that_hangs_is_done_without(self):
        with Processes(self.scratch) as processes:
            folder = self.folder("hanging-worker")
            leader, hanging, other = start_ranks(processes, self.long, folder, 3, "--rank-patience", 5)
            wait_for_steps(folder, 20, leader)
            hanging.send_signal(signal.SIGSTOP)
            assert leader.wait(timeout=240) == 0 and other.wait(timeout=240) == 0, processes.codes()
            self.long.compare(folder)
            hanging.send_signal(signal.SIGCONT)
            assert hanging.wait(timeout=120) not in (0, -signal.SIGKILL), hanging.returncode

    def a_run_that_ends_in_order_goes_on_with_another_number_of_ranks(self):
        """All are told to end, as by Ctrl-C; the second time the leader alone."""
        folder = self.folder("interrupted")
        for count, told in ((3, [0, 1, 2]), (2, [0])):
            with Processes(self.scratch) as processes:
                ranks = start_ranks(processes, self.long, folder, count, "--resume-if-possible")
                wait_for_steps(folder, 20 + (steps_done(folder) if folder.exists() else 0), ranks[0])
                for rank in told:
                    ranks[rank].send_signal(signal.SIGTERM)
                assert ranks[0].wait(timeout=240) == INTERRUPTED, processes.codes()
                processes.codes()
        with Processes(self.scratch) as processes:
            start_ranks(processes, self.long, folder, 4, "--resume-if-possible")
            assert set(processes.codes(240).values()) == {0}, processes.codes()
        self.long.compare(folder)
        with Processes(self.scratch) as processes:  # there is nothing left to do: that is no failure
            start_ranks(processes, self.long, folder, 2, "--resume-if-possible")
            assert set(processes.codes(240).values()) == {0}, processes.codes()
        self.long.compare(folder)

    def a_worker_that_is_told_to_end_leaves(self):
        with Processes(self.scratch) as processes:
            folder = self.folder("left")
            leader, leaving = start_ranks(processes, self.long, folder, 2)
            wait_for_steps(folder, 20, leader)
            leaving.send_signal(signal.SIGTERM)
            assert leaving.wait(timeout=240) == 0 and leader.wait(timeout=240) == 0, processes.codes()
            self.long.compare(folder)

    def workers_end_with_a_killed_leader(self):
        folder = self.folder("killed-leader")
        with Processes(self.scratch) as processes:
            ranks = start_ranks(processes, self.long, folder, 3, "--rank-patience", 5)
            wait_for_steps(folder, 20, ranks[0])
            ranks[0].kill()
            codes = [worker.wait(timeout=120) for worker in ranks[1:]]
            assert 0 not in codes and -signal.SIGKILL not in codes, codes
        done = subprocess.run([self.launcher, "resume", folder], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        self.long.compare(folder)

    def launch_starts_a_run_of_this_machine(self):
        with Processes(self.scratch) as processes:
            folder = self.folder("launched")
            program, *words = self.short.command(folder)
            processes.start("launch", [program, "launch", "-n", 3, "--", *words])
            assert processes.code("launch") == 0, processes.said()
            self.short.compare(folder)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        tests = Tests(sys.argv[1], pathlib.Path(temporary))
        for test in (tests.every_number_of_ranks_makes_the_run_of_one_process, tests.a_language_model,
                     tests.workers_may_come_before_their_leader, tests.the_leader_may_have_an_ipv6_address,
                     tests.launchers_tell_ranks_their_place_by_variables,
                     tests.a_killed_worker_costs_nothing, tests.a_worker_that_hangs_is_done_without,
                     tests.a_run_that_ends_in_order_goes_on_with_another_number_of_ranks,
                     tests.a_worker_that_is_told_to_end_leaves, tests.workers_end_with_a_killed_leader,
                     tests.launch_starts_a_run_of_this_machine):
            test()
            print(test.__name__.replace("_", " "), flush=True)


main()
