"""A network of namespaces whose packets are late, lost or cut off; relay.cpp carries them. Needs root.

    with Network(relay, 3, delay_ms=10, jitter_ms=2) as network:
        server = network.run(0, [...])   # a process, in namespace 0, at network.address(0)
        network.cut(1)                   # from now on nothing reaches namespace 1 or leaves it
        network.heal(1)

At the end of `with`, whatever its reason, every process in a namespace is killed."""
import os
import shutil
import signal
import subprocess

SKIP = 77


def unavailable(relay):
    """Why there can be no network on this machine; empty: there can."""
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    if not shutil.which("nsenter"):
        return "there is no nsenter (Debian: util-linux)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    tried = subprocess.run([relay, "2"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return "" if tried.returncode == 0 else f"no network namespace can be made: {tried.stderr.strip()}"


def skip_if_unavailable(relay):
    if reason := unavailable(relay):
        print("skipped:", reason)
        raise SystemExit(SKIP)


class Network:
    def __init__(self, relay, count, delay_ms=0, jitter_ms=0):
        """delay_ms: one way; jitter_ms: the mean of what is added to it."""
        self.count, self.processes = count, []
        self.relay = subprocess.Popen([relay, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      bufsize=1, start_new_session=True)
        try:
            word, pid, *descriptors = self.relay.stdout.readline().split() or ["nothing", ""]
            assert word == "ready" and len(descriptors) == count, f"the relay said {word}"
            self.doors = [f"--net=/proc/{pid}/fd/{descriptor}" for descriptor in descriptors]
            self.tell(f"delay {delay_ms}")
            self.tell(f"jitter {jitter_ms}")
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def address(self, i):
        return f"10.78.0.{i + 1}"

    def run(self, i, command, **settings):
        """Popen of the command in namespace i, in a process group of its own; its pid is the command's."""
        settings = {"stdin": subprocess.DEVNULL, "start_new_session": True, **settings}
        process = subprocess.Popen(["nsenter", self.doors[i], *map(str, command)], **settings)
        self.processes.append(process)
        return process

    def tell(self, command):
        """One of the commands in relay.cpp's head; it holds when this returns."""
        self.relay.stdin.write(command + "\n")
        self.relay.stdin.flush()
        answer = self.relay.stdout.readline().strip()
        assert answer == "ok", f"{command}: {answer or 'the relay has ended'}"

    def cut(self, i):
        self.tell(f"cut {i}")

    def heal(self, i):
        self.tell(f"heal {i}")

    def close(self):
        """Kills what runs in the namespaces; the relay does that for whatever has left our process groups."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        self.relay.stdin.close()
        try:
            self.relay.wait(timeout=30)
        finally:
            self.relay.kill()
            self.relay.wait()
            self.relay.stdout.close()
            for process in self.processes:
                process.wait()
