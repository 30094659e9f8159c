"""What processes of a run say when they do not fit together, and that the remedies work. refusals.py TRAINBUS"""
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(TESTS / "launchers"))

import launched  # noqa: E402
from processes import Processes, free_port  # noqa: E402

MLP = ["train", "--task", "mlp", "--max-steps", "2000", "--mezo.directions", "4", "--threads", "1", "--disable-tqdm"]


def run(launcher, *words, code, says, **variables):
    done = subprocess.run([launcher, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, env={**os.environ, **variables})
    assert done.returncode == code, f"{words}: code {done.returncode}, expected {code}\n{done.stdout}"
    for text in says:
        assert text in done.stdout, f"{words}: expected '{text}' in\n{done.stdout}"
    return done.stdout


def check_places(launcher, folder):
    """Left-over variables and wrong places never change a run silently."""
    new = ["--run-dir", folder / "place"]
    run(launcher, *MLP, *new, code=2, says=["WORLD_SIZE", "--leader"], WORLD_SIZE="2", RANK="0")
    run(launcher, *MLP, *new, code=2, says=["RANK", "less than WORLD_SIZE"], WORLD_SIZE="2", RANK="2",
        MASTER_ADDR="127.0.0.1")
    run(launcher, *MLP, *new, "--ranks", 2, code=2, says=["--rank 0"])
    run(launcher, *MLP, *new, "--ranks", 2, "--rank", 0, "--leader", "nowhere", code=2, says=["HOST:PORT"])
    run(launcher, *MLP, *new, "--ranks", 8, "--rank", 0, "--leader", "127.0.0.1:1", code=2,
        says=["8 processes", "4 items", "--mezo.directions 8"])
    run(launcher, *MLP, *new, "--ranks", 2, "--rank", 0, "--leader", "192.0.2.1:29500", code=2,
        says=["not one of this machine"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run(launcher, *MLP, *new, "--ranks", 2, "--rank", 0, "--leader", f"127.0.0.1:{port}", code=2,
            says=["listens on this port already", str(port)])
    # The remedy: a run of one process, and one whose other process never comes.
    run(launcher, *MLP, "--run-dir", folder / "one", "--ranks", 1, code=0, says=[], WORLD_SIZE="2", RANK="0")
    run(launcher, *MLP, "--run-dir", folder / "alone", "--rank-patience", 1, code=0,
        says=["0 of 1 worker came within 1 s", "--ranks 1"], WORLD_SIZE="2", RANK="0", MASTER_ADDR="127.0.0.1",
        MASTER_PORT=str(free_port()))
    run(launcher, *MLP, "--run-dir", folder / "few", "--rank-patience", 1, "--min-ranks", 2, "--ranks", 2, "--rank", 0,
        "--leader", f"127.0.0.1:{free_port()}", code=2, says=["needs 2 processes"])


def check_others(launcher, scratch):
    """A worker with another option, data or model is refused by name; the run goes on without it."""
    options = launched.llama(scratch, 400)
    other = scratch / "other.csv"
    other.write_text((scratch / "tiny/reviews.csv").read_text().replace("good", "fine", 1))
    cases = [(["--mezo.lr", "1e-5"], "mezo.lr"), (["--task.data", other], "data"),
             (["--seed", "7"], "seed"), (["--model", scratch / "tiny/opt"], "model")]
    at = f"127.0.0.1:{free_port()}"
    base = [launcher, "train", *map(str, options), "--disable-tqdm"]
    with Processes(scratch) as processes:
        leader = processes.start("leader", [*base, "--run-dir", scratch / "led", "--ranks", 2, "--rank", 0, "--leader",
                                            at, "--rank-patience", 5])
        for more, name in cases:
            replaced = [word for word in base[1:]]
            for flag in more[::2]:
                if flag in replaced:
                    place = replaced.index(flag)
                    del replaced[place:place + 2]
            run(launcher, *replaced, *more, "--run-dir", scratch / "never", "--ranks", 2, "--rank", 1, "--leader", at,
                code=2, says=[name])
        assert not (scratch / "never").exists(), "a worker made a run folder"
        leader.terminate()
        assert leader.wait(timeout=60) in (75, -15), processes.said()


def check_gone(launcher, folder):
    """No leader: the worker says whom it waited for."""
    run(launcher, "join", "127.0.0.1:9", "--rank-patience", 1, code=1, says=["leader (rank 0) is not reached", "127.0.0.1:9"])
    run(launcher, "join", "no-such-host.invalid:9", code=2, says=["not known here", "no-such-host.invalid"])
    run(launcher, "join", code=2, says=["HOST:PORT"])
    run(launcher, "launch", "--", "train", code=2, says=["-n N"])
    run(launcher, "launch", "-n", 2, "--", "eval", code=2, says=["train or resume"])
    told = run(launcher, "launch", "-n", 3, "--", *MLP, "--mezo.lrr", "1", code=2, says=["mezo.lr"])
    assert told.count("error:") == 1, f"each process told the mistake\n{told}"
    told = run(launcher, "launch", "-n", 5, "--", *MLP, code=2, says=["5 processes", "--mezo.directions 5"])
    assert told.count("\n") == 1, f"the other processes spoke, too\n{told}"
    run(launcher, *MLP, "--resume-if-possible", code=2, says=["--name or --run-dir"])


with tempfile.TemporaryDirectory() as place:
    scratch = pathlib.Path(place)
    check_places(sys.argv[1], scratch)
    check_gone(sys.argv[1], scratch)
    check_others(sys.argv[1], scratch)
    print("refused by name, and the remedies work")
