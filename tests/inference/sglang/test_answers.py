"""What a pod answers: the torch engine's answers, token for token."""

import pytest

from tests.inference.serving import Caller
from tests.inference.shelf import OTHER_TEXT, Shelf


def _same(pod: Caller, torch_engine: Caller, *cartridges, **changes) -> None:
    asked = pod.ask(*cartridges, **changes)
    assert asked.status_code == 200, asked.text
    expected = torch_engine.ask(*cartridges, **changes).json()
    assert asked.json()["text"] == expected["text"]


def test_plain(pod: Caller, caller: Caller) -> None:
    _same(pod, caller)


def test_one(pod: Caller, caller: Caller, shelf: Shelf) -> None:
    cartridge = shelf.put(tokens=32)
    _same(pod, caller, cartridge)
    _same(pod, caller, cartridge)


def test_two(pod: Caller, caller: Caller, shelf: Shelf) -> None:
    _same(pod, caller, shelf.put(tokens=32), shelf.put(OTHER_TEXT, tokens=20))
