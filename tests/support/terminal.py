# SPDX-License-Identifier: MIT
"""What a program shows on a terminal of its own, the other end of which pty.fork() gave."""

import os


def shown_on(terminal):
    """Yields what is shown, part by part, until the last program there has ended."""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            return
        if not part:
            return
        yield part
