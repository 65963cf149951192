#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An ssh server on 127.0.0.1 that says by server-sig-algs which signatures it takes, and takes no others.

ssh_sig_algs.py HOST_KEY PUBLIC_KEY REFUSED,...

Lets in whoever has PUBLIC_KEY (a .pub file). Prints its port, then serves until its standard input ends.
"""
import socket
import sys
import threading

import paramiko

host_key = paramiko.Ed25519Key.from_private_key_file(sys.argv[1])
let_in = open(sys.argv[2]).read().split()[1]
refused = sys.argv[3].split(",")


class SaysWhatItTakes(paramiko.Transport):
    """Not only to clients whose wish for it stands last among their algorithms."""

    _remote_ext_info = property(lambda self: "ext-info-c", lambda self, found: None)


class OneKey(paramiko.ServerInterface):
    def get_allowed_auths(self, username):
        return "publickey"

    def check_auth_publickey(self, username, key):
        return paramiko.AUTH_SUCCESSFUL if key.get_base64() == let_in else paramiko.AUTH_FAILED


def serve(listener):
    while True:
        connection, _ = listener.accept()
        transport = SaysWhatItTakes(connection, disabled_algorithms={"pubkeys": refused})
        transport.add_server_key(host_key)
        try:
            transport.start_server(threading.Event(), OneKey())
        except (EOFError, paramiko.SSHException):
            pass


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
