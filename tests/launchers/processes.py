"""The processes of a test: their output goes to files, and none is left behind, however the test ends."""
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def free_port():
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return each.getsockname()[1]


def children(pid):
    tasks = pathlib.Path(f"/proc/{pid}/task").glob("*/children")
    try:
        return [int(child) for task in tasks for child in task.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    for child in children(pid):
        yield child
        yield from descendants(child)


def environment_of(pid):
    """Of a process when it began; empty: it has ended."""
    try:
        entries = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def program_of(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


def running(program, **environment):
    """The pids of our descendants that run this program, and began with these variables."""
    return [pid for pid in descendants(os.getpid())
            if program_of(pid) == program and environment.items() <= environment_of(pid).items()]


def until(true, what, seconds=120, said=lambda: ""):
    """Waits for true() to be true, and returns what it returned."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}\n{said()}"
        time.sleep(0.02)
    return value


class Processes:
    """A context: at its end, all that were started are killed, and all that these have started, in whatever
    session or process group they are. scratch: the folder for their output."""

    def __init__(self, scratch):
        self.scratch, self.started = scratch, {}
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or nobody would end them
        # Orphans become our children, so that none is lost from sight.
        assert ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print(self.said(), flush=True)
        for process in self.started.values():
            if process.poll() is None:
                process.kill()
        while pids := list(descendants(os.getpid())):
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.reap()
        self.started = {}

    def reap(self):
        for process in self.started.values():
            process.poll()
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            pass
        time.sleep(0.01)

    def start(self, name, command, popen=subprocess.Popen, **settings):
        """popen: as subprocess.Popen, such as a network's `run` for one of its namespaces."""
        assert name not in self.started, name
        with open(self.scratch / f"{name}.said", "w") as said:
            print("$", *command, file=said, flush=True)
            settings = {"stdin": subprocess.DEVNULL, "start_new_session": True, **settings}
            self.started[name] = popen([*map(str, command)], stdout=said, stderr=said, **settings)
        return self.started[name]

    def code(self, name, seconds=120):
        """The exit code, which is waited for."""
        try:
            return self.started[name].wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} has not ended after {seconds} s") from None

    def codes(self, seconds=120):
        return {name: self.code(name, seconds) for name in self.started}

    def said(self, name=None):
        names = self.started if name is None else [name]
        return "\n".join((self.scratch / f"{each}.said").read_text() for each in names)
