# envkeep: links, packages and variables, at the start of a notebook or of its Jupyter server
import os, subprocess
try:
    _envkeep = subprocess.run(["sh", "-c", "e=@BINARY@; if [ -r \"$e\" ]; then"
        " [ -x \"$e\" ] || ! install -m 755 \"$e\" /usr/local/bin/envkeep || e=/usr/local/bin/envkeep;"
        " eval \"$(\"$e\" restore --start --store @STORE@)\"; fi; env -0"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120).stdout
    os.environ.update(v.split("=", 1) for v in os.fsdecode(_envkeep).split("\0") if "=" in v)
except (OSError, ValueError, subprocess.SubprocessError) as problem:
    print("envkeep:", problem)
