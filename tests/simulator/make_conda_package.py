# SPDX-License-Identifier: MIT
"""Installs a folder as conda installs a package:

    make_conda_package.py PREFIX PKGS NAME VERSION BUILD FOLDER [--noarch] [--asked]

The files go to PKGS/NAME-VERSION-BUILD and are hard-linked from there into PREFIX, whose conda-meta
lists them. With --noarch what is in site-packages/ goes to that of the prefix's own Python, and
python-scripts/ to bin, copied, with the prefix's Python in the first line. With --asked it is recorded
as asked for, else as brought along."""
import json
import os
import shutil
import sys

prefix, cache, name, version, build, folder = sys.argv[1:7]
is_noarch = "--noarch" in sys.argv
unpacked = f"{cache}/{name}-{version}-{build}"
if not os.path.isdir(unpacked):
    shutil.copytree(folder, unpacked, symlinks=True)


def place_of(path):
    if not is_noarch:
        return path
    library = next(n for n in os.listdir(f"{prefix}/lib") if n.startswith("python3."))
    return (path.replace("site-packages/", f"lib/{library}/site-packages/", 1)
            .replace("python-scripts/", "bin/", 1))


files = []
for below, _, names in os.walk(unpacked):
    for one in names:
        source = os.path.join(below, one)
        path = os.path.relpath(source, unpacked)
        target = f"{prefix}/{place_of(path)}"
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if path.startswith("python-scripts/"):
            with open(source) as script, open(target, "w") as placed:
                placed.write(f"#!{prefix}/bin/python\n" + script.read())
            os.chmod(target, 0o755)
        else:
            os.link(source, target, follow_symlinks=False)
        files.append(place_of(path))

subdir = "noarch" if is_noarch else "linux-64"
channel = "https://conda.anaconda.org/conda-forge"
record = {
    "name": name, "version": version, "build": build, "build_number": 0,
    "channel": f"{channel}/{subdir}", "subdir": subdir, "fn": f"{name}-{version}-{build}.conda",
    "url": f"{channel}/{subdir}/{name}-{version}-{build}.conda",
    "files": sorted(files), "link": {"source": unpacked, "type": 1},
    "requested_spec": f"{name}={version}" if "--asked" in sys.argv else "",
}
if is_noarch:
    record["noarch"] = "python"
os.makedirs(f"{prefix}/conda-meta", exist_ok=True)
with open(f"{prefix}/conda-meta/{name}-{version}-{build}.json", "w") as meta:
    json.dump(record, meta, indent=2)
with open(f"{prefix}/conda-meta/history", "a") as history:
    history.write(f"==> 2026-11-24 19:13:20 <==\n+conda-forge/{subdir}::{name}-{version}-{build}\n")
