"""Nothing in the source runs what it reads."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = {"pickle", "cPickle", "dill", "marshal", "shelve", "joblib", "cloudpickle"}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "torch.load"}


def _forbidden(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                yield ast.unparse(node.func)
            yield from ("shell=True" for word in node.keywords if word.arg == "shell")


def test_no_pickle_no_eval_no_shell() -> None:
    found = {
        f"{file.relative_to(REPOSITORY)}:{what}"
        for place in ("libs", "services")
        for file in (REPOSITORY / place).rglob("*.py")
        for what in _forbidden(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert found == set()
