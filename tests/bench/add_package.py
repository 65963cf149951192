# SPDX-License-Identifier: MIT
"""Adds a package of some files, unlike any there is: add_package.py SITE_FOLDER NAME COUNT"""

import os
import random
import sys

site, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
words = "def return self import value name for in if else not None data index result size".split()
source = random.Random(name)
os.makedirs(f"{site}/{name}/below")
for i in range(count):
    lines = (" ".join(source.choices(words, k=9)) + f" {source.random()}" for _ in range(source.randrange(5, 200)))
    folder = "below/" if i % 2 else ""
    with open(f"{site}/{name}/{folder}module_{i}.py", "w") as file:
        file.write("\n".join(lines) + "\n")
