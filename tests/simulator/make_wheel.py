# SPDX-License-Identifier: MIT
"""Writes greeter-1.0-py3-none-any.whl, a package with one console script, into the folder given."""
import base64
import hashlib
import sys
import zipfile

FILES = {
    "greeter/__init__.py": "def main():\n    print('hello from the store')\n",
    "greeter-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeter\nVersion: 1.0\n",
    "greeter-1.0.dist-info/WHEEL":
        "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "greeter-1.0.dist-info/entry_points.txt": "[console_scripts]\ngreeter = greeter:main\n",
}


def record(name, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
    return f"{name},sha256={digest.decode()},{len(text.encode())}\n"


with zipfile.ZipFile(f"{sys.argv[1]}/greeter-1.0-py3-none-any.whl", "w") as wheel:
    lines = ""
    for name, text in FILES.items():
        wheel.writestr(name, text)
        lines += record(name, text)
    wheel.writestr("greeter-1.0.dist-info/RECORD", lines + "greeter-1.0.dist-info/RECORD,,\n")
