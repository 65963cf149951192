# SPDX-License-Identifier: MIT
# A git server (git://) on loopback that holds back what it has to say, for tests.
#   held_git.py FOLDER REPOSITORY    writes its port to FOLDER/port, and a line to FOLDER/asked for each
#                                    that asks; the first $(cat FOLDER/bytes) bytes of an answer go at
#                                    once (none without that file), the rest once there is FOLDER/go
import os
import socket
import subprocess
import sys
import threading
import time

folder, repository = sys.argv[1:3]


def content(name):
    try:
        with open(os.path.join(folder, name)) as file:
            return file.read().strip()
    except FileNotFoundError:
        return ""


def wait_for_leave():
    while not os.path.exists(os.path.join(folder, "go")):
        time.sleep(0.01)


def answer(peer):
    with peer:
        size = int(peer.recv(4, socket.MSG_WAITALL) or b"4", 16)
        peer.recv(size - 4, socket.MSG_WAITALL)
        with open(os.path.join(folder, "asked"), "a") as asked:
            asked.write("asked\n")
        left = int(content("bytes") or 0)
        if left == 0:
            wait_for_leave()
        git = subprocess.Popen(["git", "-c", "safe.directory=*", "upload-pack", repository],
                               stdin=peer.fileno(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        is_held = left > 0
        while chunk := os.read(git.stdout.fileno(), left if is_held and left > 0 else 65536):
            peer.sendall(chunk)
            left -= len(chunk)
            if is_held and left <= 0:
                wait_for_leave()
                is_held = False
        git.wait()


def quietly(peer):
    try:
        answer(peer)
    except OSError:
        pass  # the other side was killed


listener = socket.create_server(("127.0.0.1", 0))
with open(os.path.join(folder, "port.new"), "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
while True:
    threading.Thread(target=quietly, args=(listener.accept()[0],), daemon=True).start()
