"""Threads that share a model have it computed in one thread, in their order, and none of them is kept out."""

import threading
import time

import pytest
import torch

from cartridge_core.computing_thread import ComputingThread, SharedModel, computing_little
from cartridge_core.models import Model


def test_one_computes_at_a_time_and_the_one_that_has_waited_longest_is_next() -> None:
    computing = ComputingThread()
    inside: list[str] = []
    order: list[str] = []
    begun = threading.Event()

    def note(who: str) -> None:
        assert not inside
        inside.append(who)
        order.append(who)
        begun.set()
        time.sleep(0.02)
        inside.clear()

    def busy() -> None:
        """Asks again at once, all the time, and from inside as well."""
        for _ in range(5):
            computing.run(lambda: computing.run(lambda: note("busy")))

    def patient() -> None:
        begun.wait()
        computing.run(lambda: note("patient"))

    threads = [threading.Thread(target=run) for run in (busy, patient)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order.index("patient") <= 2
    assert order.count("busy") == 5


def test_all_is_computed_in_one_thread_with_the_threads_of_its_maker() -> None:
    computing = ComputingThread()
    counts = [computing.run(torch.get_num_threads)]
    with computing_little(computing.threads):
        assert torch.get_num_threads() == 1
        counts.append(computing.run(torch.get_num_threads))
    assert counts == [torch.get_num_threads()] * 2
    assert computing.run(threading.get_ident) == computing.run(threading.get_ident) != threading.get_ident()


def test_what_is_raised_there_is_raised_here_and_gradients_are_recorded_as_here() -> None:
    computing = ComputingThread()
    with pytest.raises(ZeroDivisionError):
        computing.run(lambda: 1 // 0)
    leaf = torch.ones(1, requires_grad=True)
    assert computing.run(lambda: 2 * leaf).requires_grad
    with torch.no_grad():
        assert not computing.run(lambda: 2 * leaf).requires_grad


def test_a_shared_model_computes_what_the_model_does(model: Model) -> None:
    shared = SharedModel(model, ComputingThread())
    tokens = torch.tensor([[5, 6, 7, 8]])
    positions = torch.arange(4)[None]
    assert torch.equal(shared.forward(tokens, positions), model.forward(tokens, positions))
    assert torch.equal(shared.prefill([5, 6, 7]).keys[0], model.prefill([5, 6, 7]).keys[0])
    assert shared.layers is model.layers
