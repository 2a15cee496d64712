"""`docs/errors.md` names every code that the source gives to an error, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PLACES = (
    "libs/cartridge_core", "libs/cartridge_documents", "libs/cartridge_store", "libs/cartridge_web",
    "services/api", "services/inference", "services/trainer",
)  # fmt: skip
# What is called with a code among its arguments.
CALLS = {
    "Problem",
    "ConflictError",
    "document_problem",
    "insert",
    "insert_all",
    "finish_failed",
    "Failure",
    "_away",
}
CODE = re.compile(r"[a-z]+(_[a-z]+)+|busy")


def _codes_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            arguments = node.args if name in CALLS else []
        elif isinstance(node, ast.ClassDef):
            arguments = [
                statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code"
            ]
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3:
            # (code, title, detail), as the handlers of the framework's own errors keep them.
            arguments = node.elts[:1]
        else:
            continue
        values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
        yield from (value for value in values if isinstance(value, str) and CODE.fullmatch(value))


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    raised = {
        code
        for place in PLACES
        for file in (REPOSITORY / place).rglob("*.py")
        for code in _codes_in(ast.parse(file.read_text(encoding="utf-8")))
    }
    text = (REPOSITORY / "docs" / "errors.md").read_text(encoding="utf-8")
    # The same code may be a request's and a job's: each has a table under a heading of its own.
    tables = [
        re.findall(
            r"`([a-z_]+)`",
            " ".join(line.split("|")[1] for line in part.splitlines() if line.startswith("| `")),
        )
        for part in re.split(r"^#+ ", text, flags=re.MULTILINE)
    ]
    documented = [code for table in tables for code in table]
    assert len(raised) > 50
    assert all(len(table) == len(set(table)) for table in tables), "a code stands twice in one table"
    assert sorted(raised - set(documented)) == [], "in the source and not in docs/errors.md"
    assert sorted(set(documented) - raised) == [], "in docs/errors.md and not in the source"
