# SPDX-License-Identifier: MIT
"""Packages as pip installs them, with metadata and a RECORD: python_packages.py SITE COUNT

fills the folder SITE with packages of COUNT files in all, and prints how many were made."""

import os
import sys


class Site:
    def __init__(self, folder, elf=b""):
        self.folder = folder
        self.elf = elf  # what each library begins with
        self.made = 0

    def write(self, path, content="", size=0):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
            if size:
                file.truncate(size)

    def package(self, name, version, files, requires=()):
        """files: path below the site -> content or size of a library"""
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {one}\n" for one in requires) + "\n" + "about it\n" * 300
        files = dict(files)
        files[f"{info}/METADATA"] = metadata
        files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n"
        files[f"{info}/INSTALLER"] = "pip\n"
        record = ""
        for path, content in files.items():
            if isinstance(content, int):
                self.write(path, self.elf, content)
                size = content
            else:
                self.write(path, content)
                size = len(content)
            record += f"{path},sha256=2f3a5cV8Kc0wW4yYI6w7cJm0dP1xq9sXe0Zt3uQbRkA,{size}\n"
        self.write(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
        self.made += len(files) + 1

    def fill(self, count):
        """With packages of up to 150 modules, until there are so many files."""
        number = 0
        while self.made < count:
            size = min(150, max(1, count - self.made - 5))
            self.package(f"package-{number}", f"1.{number}", modules(f"package_{number}", size))
            number += 1


def modules(name, number):
    files = {f"{name}/__init__.py": ""}
    for i in range(number):
        files[f"{name}/part_{i // 40}/module_{i}.py"] = "x = 1\n" * (i % 50)
    return files


if __name__ == "__main__":
    filled = Site(sys.argv[1])
    filled.fill(int(sys.argv[2]))
    print(filled.made)
