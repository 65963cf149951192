#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of docs/json.md names each command of the schema with each of its members, and no other."""
import json
import pathlib
import re
import sys

docs = pathlib.Path(__file__).resolve().parents[2] / "docs"
of_all = {"envkeep", "command", "exit", "findings"}
table = (docs / "json.md").read_text().split("## What the commands add\n")[1].split("\n## ")[0]
rows = {}
for cells in re.findall(r"^\| (`.+?`) \| (.+) \|$", table, re.MULTILINE):
    for command in re.findall("`([^`]+)`", cells[0]):
        rows[command] = cells[1]


def members_of(command):
    """By the row, with those of the rows that it builds on."""
    text = re.sub(r"\([^)]*\)", "", rows.get(command, ""))
    members = set()
    for other, without in re.findall(r"what `(\w+)` adds(?: besides `(\w+)`)?", text):
        members |= members_of(other) - {without}
    text = re.sub(r"what `\w+` adds(?: besides `\w+`)?", "", text)
    return members | set(re.findall("`([a-z_]+)`", text))


failures = 0
schema = json.loads((docs / "schema/output.schema.json").read_text())
commands = {}
for definition in schema["$defs"].values():
    members = definition.get("properties", {})
    command = members.get("command", {}).get("const")
    if command:
        commands[command] = set(members) - of_all
for command in sorted(commands.keys() | rows.keys()):
    wanted, told = commands.get(command, set()), members_of(command)
    for name in sorted(wanted - told):
        print(f"docs/json.md: {command} lacks {name}")
    for name in sorted(told - wanted):
        print(f"docs/json.md: {command} has no {name}")
    failures += len(wanted ^ told) + (command not in commands) + (command not in rows)
print(f"{len(commands)} commands, {failures} failures")
sys.exit(failures > 0 or len(commands) < 20)
