"""`docs/security.md` names tests that exist, and at least one for each point of the OWASP API Top 10."""

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
REFERENCE = re.compile(r"^- `(tests/[\w/]+\.py)(?:::(\w+))?`$", re.MULTILINE)


def test_every_point_is_held_by_tests_that_exist() -> None:
    text = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    points = re.split(r"^## ", text, flags=re.MULTILINE)
    owasp = [point for point in points if re.match(r"API\d+ ", point)]
    assert [int(re.findall(r"\d+", point)[0]) for point in owasp] == list(range(1, 11))
    for point in owasp:
        assert REFERENCE.search(point), point.partition("\n")[0]
    for file, name in REFERENCE.findall(text):
        tree = ast.parse((REPOSITORY / file).read_text(encoding="utf-8"))
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert not name or name in names, f"{file} has no {name}"
