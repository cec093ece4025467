"""Mutants tried in forks of one process that has collected the tests once.

A mistake in a function's body is put into the function itself: its code is exchanged, so whoever
has imported the function has the mistake too. A mistake in what runs at import needs a process of
its own.
"""

import gc
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType
from typing import NoReturn

import pytest

from tests.mutation.mutants import Mutant
from tests.mutation.suite import QUIET, TESTS, module_name
from tests.mutation.trial import Chosen, bound_memory, fails

Job = tuple[Path, Mutant, dict[str, float]]
"""A mutant of a file, with the tests that reach it and their seconds."""

Functions = dict[tuple[str, str], list[FunctionType]]
"""Functions by their file and their name."""

Told = Callable[[int, bool], None]
"""Takes which job has ended, and whether a test noticed the mutant."""

FAULT = 3
"""How a fork ends that could not try its mutant."""


def tried(jobs: list[Job], at_once: int, told: Told) -> None:
    """Tries each mutant; `told` hears of each as it ends."""
    chosen = Chosen({})
    forks = _Forks(jobs, at_once, told, chosen)
    pytest.main([*QUIET, "-s", *dict.fromkeys(chain(*TESTS.values()))], [forks, chosen])


class _Forks:
    """In the place of pytest's own loop over the tests."""

    def __init__(self, jobs: list[Job], at_once: int, told: Told, chosen: Chosen) -> None:
        self.chosen = chosen
        self.jobs = jobs
        self.at_once = at_once
        self.told = told
        self.running: dict[int, int] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        functions = _functions()
        gc.freeze()
        sys.stdout.flush()
        for number, job in enumerate(self.jobs):
            while len(self.running) >= self.at_once:
                self._wait()
            child = os.fork()
            if not child:
                _end(session, self.chosen, functions, job)
            self.running[child] = number
        while self.running:
            self._wait()
        return True

    def _wait(self) -> None:
        child, status = os.wait()
        assert os.waitstatus_to_exitcode(status) != FAULT, "the trial itself failed"
        self.told(self.running.pop(child), status != 0)


def _end(session: pytest.Session, chosen: Chosen, functions: Functions, job: Job) -> NoReturn:
    """Ends a fork: with 1 if a test notices the mutant."""
    try:
        os._exit(int(_is_noticed(session, chosen, functions, *job)))
    except BaseException:
        traceback.print_exc(file=sys.__stdout__)
        os._exit(FAULT)


def _is_noticed(
    session: pytest.Session,
    chosen: Chosen,
    functions: Functions,
    file: Path,
    mutant: Mutant,
    tests: dict[str, float],
) -> bool:
    bound_memory()
    sink = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(sink, stream)
    name = mutant.function
    sound = functions.get((str(file), name), []) if name else []
    if not sound:
        return fails({module_name(file): mutant.text}, tests)
    code = _named(compile(mutant.text, str(file), "exec"), name)
    for function in sound:
        function.__code__ = code
    items = {item.nodeid: item for item in session.items}
    chosen.tests = tests
    for test in tests:
        items[test].config.hook.pytest_runtest_protocol(item=items[test], nextitem=None)
        if session.testsfailed:
            return True
    return False


def _functions() -> Functions:
    """Every function that there is."""
    found: Functions = {}
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            code = each.__code__
            found.setdefault((code.co_filename, code.co_qualname), []).append(each)
    return found


def _named(code: CodeType, name: str) -> CodeType:
    return next(each for each in _codes(code) if each.co_qualname == name)


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)
