# SPDX-License-Identifier: MIT
"""Holds templates/manifest.schema.json against an independent JSON Schema implementation.

Usage: check_schema.py SOURCE_DIR. What we offer and the good manifests of the tests must be valid, the
bad ones that are wrong by their form alone must not be.
"""
import json
import pathlib
import re
import sys

import jsonschema
import yaml

# Wrong in ways that a schema cannot see, or no YAML at all.
NOT_BY_FORM = {
    "alias_bomb", "condition_depth", "doubled_keys", "include_bad", "include_circle",
    "dash_indented_too_far", "include_missing", "keep_contradictions", "keep_twice",
    "lone_carriage_return", "missing_dash", "tag",
}


class Yaml12Loader(yaml.SafeLoader):
    """Reads bare words as YAML 1.2 does, as editors do: `off` and `yes` are texts."""


Yaml12Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:float")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
Yaml12Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^[-+]?[0-9]+$"), list("-+0123456789"))


def load(path):
    return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=Yaml12Loader)


def main():
    source = pathlib.Path(sys.argv[1])
    schema = json.loads((source / "templates/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = []
    good = [*sorted((source / "templates").glob("*.yaml")),
            *sorted((source / "examples").glob("*.yaml")),
            *sorted((source / "tests/data/manifests/good").glob("*.yaml"))]
    for path in good:
        for error in validator.iter_errors(load(path)):
            failures.append(f"{path}: {error.json_path}: {error.message}")
    refused = 0
    for path in sorted((source / "tests/data/manifests/bad").glob("*.yaml")):
        if path.stem in NOT_BY_FORM:
            continue
        try:
            manifest = load(path)
        except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError):
            continue
        refused += 1
        if validator.is_valid(manifest):
            failures.append(f"{path}: the schema takes it")
    if not good or not refused:
        failures.append("no manifests were found")
    print("\n".join(failures) or f"{len(good)} taken, {refused} refused, as it should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
