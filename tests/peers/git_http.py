#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Apache on 127.0.0.1 with `git http-backend` behind it.

git_http.py ROOT [--tls CERTIFICATE KEY] [--let USER:SECRET] [--redirect URL] [--page]

Prints its port, then serves until its standard input ends. --redirect answers all with 302 to that URL,
--page with a page of HTML.
"""
import argparse
import base64
import hashlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--let")
parser.add_argument("--redirect")
parser.add_argument("--page", action="store_true")
options = parser.parse_args()

scratch = tempfile.TemporaryDirectory()
folder = pathlib.Path(scratch.name)


def settings(port):
    modules = ["mpm_prefork", "authz_core", "authn_core", "authn_file", "auth_basic", "authz_user"]
    modules += ["env", "alias", "cgi"] + ["ssl"] * bool(options.tls)
    yield from (f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules)
    yield f'ServerRoot "{folder}"\nServerName 127.0.0.1\nListen 127.0.0.1:{port}'
    yield f'PidFile "{folder}/pid"\nErrorLog "{folder}/log"\nMutex file:{folder} default'
    if options.tls:
        yield 'SSLEngine on\nSSLCertificateFile "{}"\nSSLCertificateKeyFile "{}"'.format(*options.tls)
    if options.redirect is not None:
        yield f'Redirect 302 "/" "{options.redirect}/"'
    elif options.page:
        yield f'AliasMatch "^" "{folder}/page.html"\nSetEnv no-gzip 1'
    else:
        backend = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
        yield f'SetEnv GIT_PROJECT_ROOT "{options.root}"\nSetEnv GIT_HTTP_EXPORT_ALL 1\nSetEnv REMOTE_USER me'
        yield f'ScriptAlias "/" "{backend.stdout.strip()}/git-http-backend/"'
    yield '<Location "/">'
    if options.page:
        yield "ForceType text/html"
    if options.let:
        yield f'AuthType Basic\nAuthName git\nAuthUserFile "{folder}/users"\nRequire valid-user'
    else:
        yield "Require all granted"
    yield "</Location>"


def start():
    """The server, once it listens: until then another program may take the port that was free."""
    while True:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "settings").write_text("\n".join(settings(port)) + "\n")
        # It does not serve as root; in the name space it is somebody else, whose files these are.
        words = ["/usr/sbin/apache2", "-f", str(folder / "settings"), "-D", "FOREGROUND"]
        if os.geteuid() == 0:
            words = ["unshare", "--user", "--map-user=1000", "--map-group=1000", *words]
        # Its end is the end of its process group.
        server = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        while server.poll() is None and not (folder / "pid").exists():
            time.sleep(0.01)
        if server.poll() is None:
            return server, port
        log = (folder / "log").read_text() if (folder / "log").exists() else ""
        if "could not bind" not in log:
            sys.exit(f"apache2 ended with {server.returncode}: {log}")


if options.let:
    user, secret = options.let.split(":", 1)
    digest = base64.b64encode(hashlib.sha1(secret.encode()).digest()).decode()
    (folder / "users").write_text(f"{user}:{{SHA}}{digest}\n")
(folder / "page.html").write_text("<html>Log in</html>")
server, port = start()
print(port, flush=True)
sys.stdin.read()
server.terminate()
server.wait()
