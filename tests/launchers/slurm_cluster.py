"""A Slurm cluster on this machine, in a folder of its own: munged, slurmctld and a slurmd for each of two nodes, with
their own key, configuration, ports and state. Nothing of the system's is changed, and the daemons end with `close`."""
import os
import pathlib
import pwd
import secrets
import shutil
import socket
import subprocess
import time

PROGRAMS = ["munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel", "scontrol", "squeue", "sinfo", "unshare"]
CPUS = 8  # said to be there, of each node, so that tasks need not wait for one another
NODES = {"n1": "127.0.0.11", "n2": "127.0.0.12"}  # the names are known in the tasks alone
# cred_expire: so many seconds a job waits after `scontrol requeue`; 120 otherwise.

CONFIGURATION = """\
ClusterName=trainbus
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
SlurmctldPort={controller}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SchedulerParameters=bf_interval=1,sched_interval=1
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NODE = "NodeName={node} NodeHostname={host} NodeAddr={address} Port={port} CPUs={cpus} State=UNKNOWN\n"
# Its tasks see /etc/hosts with the nodes' names.
SLURMD = 'mount --bind "$1" /etc/hosts && exec slurmd -D -N "$2"'


def unavailable():
    """Why there can be no cluster; empty: there can."""
    path = "/usr/sbin:" + os.environ["PATH"]
    missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
    if missing:
        return f"{', '.join(missing)} not found (Debian: slurmctld slurmd slurm-client munge)"
    return "" if os.geteuid() == 0 else "slurmd and its tasks need root"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Cluster:
    def __init__(self, folder):
        """folder: a short path; munged's socket lies in it."""
        self.folder, self.daemons = pathlib.Path(folder), []
        self.folder.chmod(0o755)  # munged and the tasks' users look into it
        for name in ("munge", "state"):
            (self.folder / name).mkdir(mode=0o755)
        self.configure()
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "PMI"))}
        self.environment.update(SLURM_CONF=str(self.folder / "slurm.conf"), PATH="/usr/sbin:" + os.environ["PATH"])
        key = self.folder / "munge/key"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        try:
            self.start_daemons()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def configure(self):
        host, (controller, *ports) = socket.gethostname().split(".")[0], free_ports(1 + len(NODES))
        text = CONFIGURATION.format(host=host, user=pwd.getpwuid(os.geteuid()).pw_name, folder=self.folder,
                                    controller=controller)
        for (node, address), port in zip(NODES.items(), ports):
            text += NODE.format(node=node, host=host, address=address, port=port, cpus=CPUS)
        (self.folder / "slurm.conf").write_text(text)
        names = "".join(f"{address} {node}\n" for node, address in NODES.items())
        (self.folder / "hosts").write_text(pathlib.Path("/etc/hosts").read_text() + names)

    def start_daemons(self):
        munge = self.folder / "munge"
        self.start("munged", "--foreground", "--force", f"--socket={munge}/socket", f"--key-file={munge}/key",
                   f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", f"--log-file={munge}/log")
        self.until((munge / "socket").exists, "munged's socket")
        self.start("slurmctld", "-D", "-i")
        for node in NODES:
            self.start("unshare", "--mount", "sh", "-c", SLURMD, "slurmd", self.folder / "hosts", node)
        states = ["sinfo", "--noheader", "--Node", "--format=%T"]
        self.until(lambda: self.run(*states).stdout.split() == ["idle"] * len(NODES), "idle nodes")

    def start(self, *command):
        with open(self.folder / f"{command[0]}.{len(self.daemons)}.out", "w") as out:
            self.daemons.append(subprocess.Popen([*map(str, command)], env=self.environment, stdin=subprocess.DEVNULL,
                                                 stdout=out, stderr=out, start_new_session=True))

    def until(self, true, what, seconds=60):
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"no {what} after {seconds} s\n{self.said()}"
            time.sleep(0.1)

    def said(self):
        logs = [*self.folder.glob("*.out"), *self.folder.glob("*.log"), self.folder / "munge/log"]
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in logs if path.exists())

    def run(self, *command, **settings):
        """A client: srun, sbatch, …"""
        return subprocess.run(list(map(str, command)), env=self.environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **{"timeout": 120, **settings})

    def submit(self, words):
        """The job's number. words: of sbatch."""
        done = self.run("sbatch", "--parsable", *words)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def job(self, number):
        """What Slurm says of it: JobState, ExitCode, Restarts, …"""
        said = self.run("scontrol", "--oneliner", "show", "job", number).stdout
        return dict(word.partition("=")[::2] for word in said.split() if "=" in word)

    def close(self):
        """Ends every job, then the daemons."""
        if len(self.daemons) == 2 + len(NODES) and self.daemons[1].poll() is None:
            jobs = self.run("squeue", "--noheader", "--format=%A").stdout.split()
            if jobs:
                self.run("scancel", "--signal=KILL", "--full", *jobs)
                self.run("scancel", *jobs)
                end = time.monotonic() + 20
                while self.run("squeue", "--noheader", "--format=%A").stdout.split() and time.monotonic() < end:
                    time.sleep(0.2)
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons = []
