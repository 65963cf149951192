# Made by envkeep, for 'gpu: {notebook_notice: true}' in its manifest, which takes it away again: shows once, before
# the first cell of a session, that its GPU is broken.
def _envkeep_notice():
    import os
    import sys

    path = os.path.expanduser("~/.envkeep-state/gpu-notice")
    if not os.path.exists(path):
        return

    def show(*_):
        if shell is not None:
            shell.events.unregister("pre_run_cell", show)
        try:
            with open(path, encoding="utf-8", errors="replace") as notice:
                text = notice.read(4096)
            os.rename(path, path + ".shown")  # fails where another notebook has shown it
        except OSError:
            return
        sys.stderr.write(text)

    try:
        shell = get_ipython()
    except NameError:
        shell = None
    if shell is None:
        show()
    else:
        # What is printed before a cell runs belongs to none, and notebooks do not show it.
        shell.events.register("pre_run_cell", show)


try:
    _envkeep_notice()
except Exception:
    pass  # a notebook starts whatever becomes of a notice
del _envkeep_notice
