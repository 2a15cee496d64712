"""Writes what follows from the chart's values: values.yaml, values.schema.json, the README's table; and the dashboard.

`python -m deploy.chart.generate` writes; with `--check` it only tells what has drifted.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.chart.grafana import dashboard_json
from deploy.chart.metrics import document
from deploy.chart.values import SETTINGS, ChartValues

CHART = Path(__file__).resolve().parents[1] / "helm" / "cartridges"
COMMAND = "make chart"


def schema() -> dict[str, Any]:
    """The schema of the values, each settings block with the variables of its service."""
    made = ChartValues.model_json_schema(by_alias=True)
    for component, properties in SETTINGS.items():
        settings = made["$defs"][component]["properties"]["settings"]
        settings.pop("additionalProperties")
        settings |= {"additionalProperties": False, "properties": properties}
    definitions = made.pop("$defs")
    whole = _without_titles(_inlined(made, definitions))
    # Helm puts it there when the chart is part of another one.
    whole["properties"]["global"] = {
        "type": "object",
        "description": "Values of a chart that this one is part of.",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def values_yaml(whole: dict[str, Any]) -> str:
    """Every value with its default, under its description."""
    lines = [f"# Made by `{COMMAND}` from deploy/chart/values.py: change that."]
    lines += _yaml(whole, ChartValues().model_dump(mode="json", by_alias=True), "")
    return "\n".join(lines) + "\n"


def table(whole: dict[str, Any]) -> str:
    """The values as a Markdown table, settings of services left to tables of their own."""
    rows = ["| value | default | what it is |", "|---|---|---|"]
    defaults = ChartValues().model_dump(mode="json", by_alias=True)
    for path, default, told in _leaves(whole, defaults, ""):
        rows.append(f"| `{path}` | `{json.dumps(default)}` | {told} |")
    for component, properties in SETTINGS.items():
        name = component[0].lower() + component[1:]
        rows += ["", f"### {name}.settings", "", "| variable | what it is |", "|---|---|"]
        rows += [f"| `{variable}` | {each['description']} |" for variable, each in properties.items()]
    return "\n".join(rows)


def files() -> dict[Path, str]:
    """What is made, by path."""
    whole = schema()
    introduction = (CHART.parents[1] / "chart" / "README.head.md").read_text(encoding="utf-8")
    return {
        CHART / "values.schema.json": json.dumps(whole, indent=2) + "\n",
        CHART / "values.yaml": values_yaml(whole),
        CHART / "files" / "dashboard.json": dashboard_json(),
        CHART.parents[2] / "docs" / "operations" / "metrics.md": document(),
        CHART / "README.md": introduction.rstrip() + "\n\n" + table(whole) + "\n",
    }


def drifted() -> list[Path]:
    """Files that are not as the values would have them."""
    return [
        path
        for path, text in files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        stale = drifted()
        for path in stale:
            print(f"{path.name} has drifted from the values: {COMMAND}", file=sys.stderr)
        return 1 if stale else 0
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
    return 0


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Without references: Helm's messages then name the value, and people can read it from top to bottom."""
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        return _inlined({**target, **{key: each for key, each in node.items() if key != "$ref"}}, definitions)
    return {key: _inlined(each, definitions) for key, each in node.items()}


def _without_titles(node: Any) -> Any:
    """`title` repeats the name; defaults stand in values.yaml. Neither word is a value's name here."""
    if isinstance(node, list):
        return [_without_titles(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: _without_titles(each)
        for key, each in node.items()
        if key not in {"title", "default"} or (isinstance(each, dict) and "type" in each)
    }


def _yaml(block: dict[str, Any], values: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        schema = block["properties"][key]
        yield f"{indent}# {schema['description']}"
        if schema.get("properties") and key != "settings":
            yield f"{indent}{key}:"
            yield from _yaml(schema, value, indent + "  ")
        else:
            yield f"{indent}{key}: {json.dumps(value)}"


def _leaves(block: dict[str, Any], values: dict[str, Any], path: str) -> Iterator[tuple[str, Any, str]]:
    for key, value in values.items():
        schema = block["properties"][key]
        if schema.get("properties") and key != "settings":
            yield from _leaves(schema, value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value, schema["description"]


if __name__ == "__main__":
    sys.exit(main())
