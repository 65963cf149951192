# SPDX-License-Identifier: MIT
"""Writes a wheel with one console script, and a compiled library if one is named:

    make_wheel.py FOLDER [NAME VERSION [LIBRARY]]

Without a name it is greeter-1.0-py3-none-any.whl. The program NAME prints its name, its version, and
what the library's function answer() gives."""
import base64
import hashlib
import sys
import zipfile

folder, name, version, library = (
    sys.argv[1:] + ["greeter", "1.0", None][len(sys.argv) - 2:])

MODULE = {
    "greeter": "def main():\n    print('hello from the store')\n",
}.get(name, f"""import ctypes, os

__version__ = '{version}'


def answer():
    library = os.path.join(os.path.dirname(__file__), 'lib{name}.so')
    return ctypes.CDLL(library).answer() if os.path.exists(library) else 'pure'


def main():
    print('{name}', __version__, answer())
""")
tag = "py3-none-linux_x86_64" if library else "py3-none-any"
files = {
    f"{name}/__init__.py": MODULE.encode(),
    f"{name}-{version}.dist-info/METADATA":
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
    f"{name}-{version}.dist-info/WHEEL":
        (f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {str(not library).lower()}\n"
         f"Tag: {tag}\n").encode(),
    f"{name}-{version}.dist-info/entry_points.txt":
        f"[console_scripts]\n{name} = {name}:main\n".encode(),
}
if library:
    with open(library, "rb") as source:
        files[f"{name}/lib{name}.so"] = source.read()


def record(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return f"{path},sha256={digest.decode()},{len(content)}\n"


with zipfile.ZipFile(f"{folder}/{name}-{version}-{tag}.whl", "w") as wheel:
    lines = ""
    for path, content in files.items():
        wheel.writestr(path, content)
        lines += record(path, content)
    listing = f"{name}-{version}.dist-info/RECORD"
    wheel.writestr(listing, lines + f"{listing},,\n")
