"""Simulation in WebAssembly: normals by their place, and each path as NumPy has it."""

from collections.abc import Iterator

import numpy as np
import pytest

from rfos_lang.base.refusal import Refused
from rfos_lang.core.elementary import Floats, quantile
from rfos_lang.core.program import Choice, Program, Terms
from rfos_lang.core.typical import BEGIN
from rfos_lang.driver.opening import Checked
from rfos_lang.driver.strict_paths import Host, job_of, value
from rfos_lang.driver.typical import typical
from rfos_lang.valuation.curve import flat_rate, flat_volatility
from rfos_lang.valuation.market import IndexCurve, Market
from rfos_lang.valuation.simulated import monte_carlo
from tests.artefact.test_standard_library import EVERY
from tests.valuation.products.printers import NUMPY, STRICT, printed

PAIRS = 16
WORDS = 0xFFFFFFFF


# --- normals --------------------------------------------------------------------------------------


def philox(counter: tuple[int, ...], key: tuple[int, int]) -> tuple[int, ...]:
    """Four words of Philox 4x32-10, from its description."""
    a, b, c, d = counter
    k, other = key
    for _ in range(10):
        first, third = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (third >> 32) ^ b ^ k, third & WORDS, (first >> 32) ^ d ^ other, first & WORDS
        k, other = (k + 0x9E3779B9) & WORDS, (other + 0xBB67AE85) & WORDS
    return a, b, c, d


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0,) * 4, (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((WORDS,) * 4, (WORDS, WORDS), "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_the_words_are_those_that_its_authors_published(
    counter: tuple[int, ...], key: tuple[int, int], words: str
) -> None:
    assert " ".join(f"{each:08x}" for each in philox(counter, key)) == words


def expected(seed: int, path: int, count: int) -> Iterator[float]:
    """The normals of a path, to the bit."""
    for draw in range((count + 1) // 2):
        words = philox((path & WORDS, path >> 32, draw, 0), (seed & WORDS, seed >> 32))
        for low, high in (words[:2], words[2:]):
            whole = (low | high << 32) >> 12
            yield quantile(Floats(), (whole + 0.5) * 2.0**-52)


@pytest.mark.parametrize("seed", [0, 1, 0x299F31D0A4093822])
@pytest.mark.parametrize("first", [0, 5, 2**32 - 1])
def test_normals_are_those_of_their_place(seed: int, first: int) -> None:
    host = Host(job_of(simulated(by_name("AsianCall"))))
    count = host.job.steps * host.job.spots
    host.draw(seed, first, 3)
    drawn = np.frombuffer(
        bytes(host.memory.read(host.store, host.normals, host.normals + 24 * count)), "<f8"
    ).reshape(3, count)
    for row, path in enumerate(range(first, first + 3)):
        assert list(drawn[row]) == list(expected(seed, path, count))[:count]


# --- paths ----------------------------------------------------------------------------------------


def by_name(name: str) -> Checked:
    return next(each for each in EVERY if each.definition.name == name)


def market_for(program: Program, terms: Terms) -> Market:
    """A market that has all that a contract may observe or be paid in."""
    assets = terms.assets
    pairs = {(a, b) for a in assets for b in assets if a != b}
    told = {slot.assets for slot in program.feeds if slot.kind == "spot"}
    pairs |= {(assets[a], assets[b]) for a, b in told}
    spots = {pair: 100.0 for pair in pairs if (pair[1], pair[0]) not in pairs or pair < pair[::-1]}
    spots |= {(assets[a], assets[b]): 100.0 for a, b in told}
    return Market(
        as_of=terms.start,
        spots=spots,
        volatilities={pair: flat_volatility(0.4) for pair in spots},
        rates={asset: flat_rate(0.03) for asset in assets},
        yields={asset: flat_rate(0.01) for asset in assets},
        correlations={frozenset((one, two)): 0.3 for one in spots for two in spots if one != two},
        indices={name: IndexCurve(flat=0.04) for name in ("SOFR", "SOFR3M", "EURIBOR3M", "CPI")},
    )


def simulated(checked: Checked) -> monte_carlo.Simulation:
    made, _ = typical(checked, {}, BEGIN)
    market = market_for(made.program, made.terms)
    return monte_carlo.prepared(made.program, made.terms, market, 2 * PAIRS, 1)


def followed(checked: Checked) -> tuple[np.ndarray, np.ndarray] | None:
    """What each path gets, in WebAssembly and in NumPy, on the very same normals; None for what a
    simulation refuses."""
    try:
        found = printed(simulated(checked), PAIRS)
    except Refused:
        return None
    return found[STRICT], found[NUMPY]


@pytest.mark.parametrize("checked", EVERY, ids=lambda checked: checked.definition.name)
def test_each_path_is_that_of_numpy(checked: Checked) -> None:
    found = followed(checked)
    if found is None:
        return
    strict, known = found
    np.testing.assert_allclose(strict, known, rtol=1e-9, atol=1e-9 * np.abs(known).max())


def test_most_contracts_of_the_library_are_compared() -> None:
    random = [followed(each) for each in EVERY]
    alive = [pair for pair in random if pair is not None]
    assert len(alive) >= 80
    assert sum(bool(np.ptp(known)) for _, known in alive) >= 60


def test_the_value_is_that_of_plain_simulation() -> None:
    made, _ = typical(by_name("AsianCall"), {}, BEGIN)
    market = market_for(made.program, made.terms)
    strict = value(made.program, made.terms, market, 20_000, 1)
    plain = monte_carlo.value(made.program, made.terms, market, paths=20_000, greeks=False)
    assert strict.standard_error is not None and plain.standard_error is not None
    assert abs(strict.value - plain.value) <= 4 * (strict.standard_error + plain.standard_error)
    assert strict == value(made.program, made.terms, market, 20_000, 1)


def test_a_choice_is_refused_by_name() -> None:
    choosing = by_name("AmericanPut")
    made, _ = typical(choosing, {}, BEGIN)
    assert any(isinstance(clause, Choice) for clause in made.program.clauses)
    with pytest.raises(Refused) as refusal:
        job_of(simulated(choosing))
    assert refusal.value.code == "E0669"
