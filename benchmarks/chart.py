"""Is every object that the chart makes one that Kubernetes takes, whatever is switched on?

Each combination of the chart's switches is rendered by the real helm, and every object held against the schemas of
three versions of Kubernetes, those of operators' kinds against the models of their definitions.
"""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from benchmarks.harness import run
from tests.helm.combinations import COMBINATIONS
from tests.helm.rendering import KUBERNETES_VERSIONS, HelmError, Manifest, Rendered, render_all
from tests.helm.schemas import complaints


def measure(_: argparse.Namespace) -> Mapping[str, Any]:
    """Render every combination and check every object; what is wrong is printed."""
    try:
        rendered = render_all(COMBINATIONS)
    except HelmError as error:
        raise SystemExit(f"helm refuses a combination: {error}") from error
    objects = [(each, manifest) for each in rendered for manifest in _all(each)]
    invalid = 0
    for each, manifest in objects:
        found = complaints(manifest)
        invalid += bool(found)
        for complaint in found:
            print(f"{each.combination}: {manifest['kind']}: {complaint}", file=sys.stderr)
    kinds = sorted({manifest["kind"] for _, manifest in objects})
    print(f"kinds: {', '.join(kinds)}", file=sys.stderr)
    return {
        "combinations": len(COMBINATIONS),
        "objects": len(objects),
        "invalid": invalid,
        "kubernetes_versions": list(KUBERNETES_VERSIONS),
        "kinds": len(kinds),
    }


def _all(rendered: Rendered) -> list[Manifest]:
    """The objects, and those Jobs that the dispatcher makes of them."""
    made = [owner for owner, _ in rendered.pods() if owner not in rendered.manifests]
    return [*rendered.manifests, *made]


if __name__ == "__main__":
    run("chart", measure)
