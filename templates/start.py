# envkeep: links, packages and variables, at the start of a notebook or of its Jupyter server
import os, subprocess
_envkeep = None
try:
    _envkeep = subprocess.Popen(["sh", "-c", "e=@BINARY@; for i in 1 2 3 4 5; do [ -r \"$e\" ] || sleep 1; done;"
        " if [ -r \"$e\" ]; then"
        " [ -x \"$e\" ] || ! install -m 755 \"$e\" /usr/local/bin/envkeep || e=/usr/local/bin/envkeep;"
        " eval \"$(\"$e\" restore --start --store @STORE@)\";"
        " else echo \"envkeep: $e is not there: is the store mounted?\" >&2; fi; env -0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    _variables = os.fsdecode(_envkeep.communicate(timeout=107)[0])  # 100 s is the most of start: limit
    os.environ.update(v.split("=", 1) for v in _variables.split("\0") if "=" in v)
except subprocess.TimeoutExpired:
    _envkeep.kill()  # and not waited for: what hangs in the kernel outlives that
    print("envkeep: the store did not answer in time: 'envkeep restore' once it does")
except (OSError, ValueError, subprocess.SubprocessError) as problem:
    print("envkeep:", problem)
