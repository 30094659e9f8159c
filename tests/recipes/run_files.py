"""Every run file of apps/ is a plan: its options exist, and have values that they may have. Usage: run_files.py LAUNCHER APPS"""
import pathlib
import subprocess
import sys

launcher, apps = sys.argv[1], pathlib.Path(sys.argv[2])
files = sorted(apps.rglob("*.ini"))
assert len(files) >= 6, files
for file in files:
    done = subprocess.run([launcher, "describe", file, "--changed", "--name", "x"], capture_output=True, text=True)
    assert done.returncode == 0, (file, done.stdout, done.stderr)
    assert "Plugins, in the order they were added" in done.stdout, done.stdout
print(f"{len(files)} run files")
