# SPDX-License-Identifier: MIT
"""Makes one wheel of several packages: make_wheel.py SITE_FOLDER TO PACKAGE..."""

import base64
import hashlib
import os
import sys
import zipfile

site, to, *packages = sys.argv[1:]
name = "benchmark_wheel-1.0"
info = f"{name}.dist-info"
record = []


def add(wheel, path, data):
    wheel.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 6)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record.append(f"{path},sha256={digest},{len(data)}")


with zipfile.ZipFile(f"{to}/{name}-py3-none-any.whl", "w") as wheel:
    for package in packages:
        for folder, folders, files in os.walk(f"{site}/{package}"):
            folders[:] = sorted(one for one in folders if one != "__pycache__")
            for file in sorted(files):
                whole = f"{folder}/{file}"
                if os.path.isfile(whole):
                    with open(whole, "rb") as source:
                        add(wheel, os.path.relpath(whole, site), source.read())
    add(wheel, f"{info}/METADATA", b"Metadata-Version: 2.1\nName: benchmark-wheel\nVersion: 1.0\n")
    add(wheel, f"{info}/WHEEL", b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    record.append(f"{info}/RECORD,,")
    wheel.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
