"""The network of the tests does what it is asked for; no trainbus is in it. Usage: relay_test.py RELAY

Each test talks with programs in the namespaces by their input and output, a line at a time."""
import pathlib
import signal
import subprocess
import sys
import time

from network import Network, skip_if_unavailable

RELAY = sys.argv[1]
TALKERS = {
    # Sends back every datagram; "first": then says how many there were.
    "echo": """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 7000))
print("up", flush=True)
while True:
    data, who = s.recvfrom(2000); s.sendto(data, who)
""",
    # A line "N": sends N numbered datagrams at once and says what came back within a second of silence,
    # and the time of the first, in ms.
    "ask": """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
for line in sys.stdin:
    began, first, got = time.monotonic(), None, []
    for i in range(int(line)): s.sendto(str(i).encode(), (sys.argv[1], 7000))
    try:
        while len(got) < int(line):
            got.append(int(s.recv(2000)))
            first = first or 1e3 * (time.monotonic() - began)
    except TimeoutError: pass
    print(first, *got, flush=True)
""",
    "serve": """
import socket
l = socket.create_server(("0.0.0.0", 7001)); print("up", flush=True)
c, _ = l.accept()
for line in c.makefile(): print(line, end="", flush=True)
""",
    "send": """
import socket, sys
c = socket.create_connection((sys.argv[1], 7001))
for line in sys.stdin: c.sendall(line.encode()); print("sent", flush=True)
""",
}


def talker(network, i, what, *arguments):
    process = network.run(i, [sys.executable, "-c", TALKERS[what], *arguments], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, bufsize=1)
    if what in ("echo", "serve"):
        assert process.stdout.readline() == "up\n"
    return process


def ask(process, line):
    process.stdin.write(f"{line}\n")
    return process.stdout.readline().split()


def asker(network, i, j):
    process = talker(network, i, "ask", network.address(j))
    return lambda count: ask(process, count)


def round_trips_take_twice_the_delay():
    with Network(RELAY, 2) as network:
        talker(network, 0, "echo")
        echo = asker(network, 1, 0)
        echo(1)
        for delay in (0, 30):
            network.tell(f"delay {delay}")
            took, *got = echo(1)
            assert got == ["0"] and 2 * delay <= float(took), (delay, took)


def packets_of_a_pair_keep_their_order():
    with Network(RELAY, 2, delay_ms=1, jitter_ms=5) as network:
        talker(network, 0, "echo")
        _, *got = asker(network, 1, 0)(200)
        assert got == [str(i) for i in range(200)], got


def what_is_cut_off_hears_nothing():
    with Network(RELAY, 3) as network:
        talker(network, 0, "echo")
        cut, other = asker(network, 1, 0), asker(network, 2, 0)
        for _ in range(2):
            assert cut(2)[1:] == ["0", "1"]
            network.cut(1)
            assert cut(2) == ["None"] and other(2)[1:] == ["0", "1"]
            network.heal(1)
        network.tell("loss 1")
        assert other(5) == ["None"]
        network.tell("loss 0.5")
        assert 0 < len(other(200)) - 1 < 200


def connections_survive_a_cut():
    with Network(RELAY, 2, delay_ms=1) as network:
        server = talker(network, 0, "serve")
        sender = talker(network, 1, "send", network.address(0))
        assert ask(sender, "before") == ["sent"] and server.stdout.readline() == "before\n"
        network.cut(0)
        assert ask(sender, "while it is cut") == ["sent"]
        time.sleep(0.5)  # so that it is lost, and sent again
        network.heal(0)
        assert server.stdout.readline() == "while it is cut\n"


def two_networks_do_not_meet():
    with Network(RELAY, 2) as one, Network(RELAY, 2) as other:
        talker(one, 0, "echo")
        assert asker(other, 1, 0)(1) == ["None"] and asker(one, 1, 0)(1)[1:] == ["0"]


def wrong_commands_are_answered():
    with Network(RELAY, 2) as network:
        for command in ("cut 2", "cut", "delay -1", "delay 1 2", "loss nan", "loss 1.5", "hail 1", ""):
            try:
                network.tell(command)
            except AssertionError as refused:
                assert "error: " in str(refused), refused
            else:
                raise AssertionError(f"'{command}' was taken")
        network.tell("delay 0")
    for count in ("1", "255", "x"):
        assert subprocess.run([RELAY, count], stderr=subprocess.DEVNULL).returncode == 1, count


def is_running(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def nothing_is_left_behind():
    """Not even what has left its process group, if the relay is told to end, or the one that began it all dies."""
    runaway = """
import os, time
if os.fork() == 0: os.setsid()
os.write(1, b"%d\\n" % os.getpid())
time.sleep(600)"""
    with Network(RELAY, 2) as network:
        process = network.run(0, [sys.executable, "-c", runaway], stdout=subprocess.PIPE, text=True)
        pids = [int(process.stdout.readline()) for _ in range(2)]
        network.relay.send_signal(signal.SIGTERM)
        assert network.relay.wait(timeout=60) == 0
        await_end(pids)
    script = f"""
import sys, time
sys.path.insert(0, {str(pathlib.Path(__file__).parent)!r})
from network import Network
network = Network({RELAY!r}, 2)
network.run(0, [sys.executable, "-c", {runaway!r}])
time.sleep(600)"""
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    pids = [int(starter.stdout.readline()) for _ in range(2)]
    starter.kill()
    starter.wait()
    await_end(pids)


def await_end(pids):
    end = time.monotonic() + 60
    while any(map(is_running, pids)):
        assert time.monotonic() < end, f"{pids} run on"
        time.sleep(0.01)


def main():
    skip_if_unavailable(RELAY)
    for test in (round_trips_take_twice_the_delay, packets_of_a_pair_keep_their_order, what_is_cut_off_hears_nothing,
                 connections_survive_a_cut, two_networks_do_not_meet, wrong_commands_are_answered,
                 nothing_is_left_behind):
        test()
        print(test.__name__.replace("_", " "), flush=True)


main()
