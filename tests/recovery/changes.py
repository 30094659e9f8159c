"""Waits for the n-th change of a file below some folder, by inotify."""
import ctypes
import os
import select
import struct
import time

MODIFY, CLOSE_WRITE, MOVED_TO, CREATE, DELETE, IS_FOLDER = 0x2, 0x8, 0x80, 0x100, 0x200, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


class Changes:
    def __init__(self, folder):
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        self.folders, self.count = {}, 0
        self.watch(folder)

    def watch(self, folder):
        mask = MODIFY | CLOSE_WRITE | MOVED_TO | CREATE | DELETE
        watch = libc.inotify_add_watch(self.fd, os.fsencode(folder), mask)
        if watch < 0:  # it is gone again
            return
        self.folders[watch] = folder
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                self.watch(entry.path)

    def read(self):
        try:
            data, at = os.read(self.fd, 1 << 16), 0
        except BlockingIOError:
            return
        while at < len(data):
            watch, mask, _, size = struct.unpack_from("iIII", data, at)
            name = data[at + 16:at + 16 + size].rstrip(b"\0").decode()
            at += 16 + size
            self.count += 1
            if mask & IS_FOLDER and mask & (CREATE | MOVED_TO):
                try:
                    self.watch(os.path.join(self.folders[watch], name))
                except FileNotFoundError:
                    pass

    def wait_for(self, count, process):
        """False if the process ended before."""
        while self.count < count:
            if process.poll() is not None:
                return False
            select.select([self.fd], [], [], 0.02)
            self.read()
        return True

    def close(self):
        os.close(self.fd)


def wait_until(moment, process):
    """False if the process ended before."""
    while (left := moment - time.monotonic()) > 0:
        if process.poll() is not None:
            return False
        time.sleep(min(left, 0.02))
    return process.poll() is None
