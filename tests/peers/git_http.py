#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A web server on 127.0.0.1 with `git http-backend` behind it.

git_http.py ROOT [--tls CERTIFICATE KEY] [--let USER:SECRET] [--redirect URL] [--page]

Prints its port, then serves until its standard input ends. --redirect answers all with 302 to that URL,
--page with a page of HTML.
"""
import argparse
import base64
import http.server
import os
import ssl
import subprocess
import sys
import threading

parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--let")
parser.add_argument("--redirect")
parser.add_argument("--page", action="store_true")
options = parser.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        whole = b""
        while size := int(self.rfile.readline(), 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def answer(self, status, headers, content=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def serve(self):
        body = self.body()
        given = self.headers.get("Authorization", "")
        if options.redirect is not None:
            return self.answer(302, [("Location", options.redirect + self.path)])
        if options.page:
            return self.answer(200, [("Content-Type", "text/html")], b"<html>Log in</html>")
        if options.let and given != "Basic " + base64.b64encode(options.let.encode()).decode():
            return self.answer(401, [("WWW-Authenticate", 'Basic realm="git"')])
        path, _, query = self.path.partition("?")
        run = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": options.root,
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "me",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
        )
        head, _, content = run.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if line]
        status = next((int(value[:3]) for name, value in headers if name == "Status"), 200)
        return self.answer(status, [pair for pair in headers if pair[0] != "Status"], content)

    do_GET = serve
    do_POST = serve


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
