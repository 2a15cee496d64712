"""Threads that share a model compute one at a time, and none of them is kept out."""

import threading
import time

import torch

from cartridge_core.models import Model
from cartridge_core.turns import ModelInTurns, Turns


def test_one_computes_at_a_time_and_the_one_that_has_waited_longest_is_next() -> None:
    turns = Turns()
    inside: list[str] = []
    order: list[str] = []
    begun = threading.Event()

    def busy() -> None:
        """Would take the lock again at once, all the time."""
        for _ in range(5):
            with turns, turns:
                assert not inside
                inside.append("busy")
                order.append("busy")
                begun.set()
                time.sleep(0.02)
                inside.clear()

    def patient() -> None:
        begun.wait()
        with turns:
            assert not inside
            order.append("patient")

    threads = [threading.Thread(target=run) for run in (busy, patient)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order.index("patient") <= 2
    assert order.count("busy") == 5


def test_a_model_in_turns_computes_what_the_model_does(model: Model) -> None:
    shared = ModelInTurns(model, Turns())
    tokens = torch.tensor([[5, 6, 7, 8]])
    positions = torch.arange(4)[None]
    assert torch.equal(shared.forward(tokens, positions), model.forward(tokens, positions))
    assert torch.equal(shared.prefill([5, 6, 7]).keys[0], model.prefill([5, 6, 7]).keys[0])
    assert shared.layers is model.layers
