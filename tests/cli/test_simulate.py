"""Worlds from the shell: on several cores they are the same worlds, and whoever breaks off is told
what was found by then."""

import os
import pickle
import signal

import pytest

from rfos_lang.driver.failure import Failure
from rfos_lang.driver.opening import settings
from rfos_runtime.records.codes import Code
from rfos_runtime.simulation.tally import Tally
from tests.cli.running import document, rfos
from tests.simulation.made import played

SPENT = ("seconds", "jobs", "cpu_seconds")


def test_on_two_cores_they_are_the_worlds_of_one() -> None:
    one, two = (
        document("simulate", "--worlds", "3", "--commands", "40", "--jobs", jobs) for jobs in "12"
    )
    assert (one["jobs"], two["jobs"]) == (1, 2)
    assert one["worlds"] == 3
    for each in SPENT:
        del one[each], two[each]
    assert one == two


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_whoever_breaks_off_is_told_what_was_found(
    jobs: str, by: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = Tally.join

    def counted(tally: Tally, other: Tally) -> None:
        count(tally, other)
        if tally.worlds == 2:
            os.kill(os.getpid(), by)

    before = signal.getsignal(by)
    monkeypatch.setattr(Tally, "join", counted)
    found = document("simulate", "--worlds", "1000", "--commands", "20", "--jobs", jobs)
    assert (found["worlds"], found["wished"], found["ok"]) == (2, 1000, True)
    assert found["commands"] >= 40
    assert signal.getsignal(by) == before


def test_answers_that_nobody_was_given_are_named() -> None:
    told = rfos("simulate", "--worlds", "1", "--commands", "20")
    assert f"of {len(Code)}" in told.output
    assert "answers that nobody was given: " in told.output


def test_what_was_met_is_counted_and_what_was_not_is_named() -> None:
    told = document("simulate", "--seed", "10", "--worlds", "1", "--commands", "200")
    assert list(told["kinds"].values()) == [1]
    assert sum(told["done"].values()) == told["accepted"]
    postings = {kind: n for kind, n in told["met"].items() if kind.startswith("posting: ")}
    assert sum(postings.values()) == told["events"]["Posted"]
    ended = [n for kind, n in told["met"].items() if " auction: " in kind and "filled" not in kind]
    assert sum(ended) == told["events"]["AuctionEnded"] > 0
    assert not {*told["done"], *told["events"]} & {*told["missed"]}
    assert {"RegisterAppraisers", "Appraised"} <= {*told["missed"]}


def test_tallies_joined_are_one_tally() -> None:
    whole, joined = Tally(), Tally()
    for seed in range(2):
        result, alone = played(seed, 30), Tally()
        whole.add(seed, result)
        alone.add(seed, result)
        joined.join(alone)
    assert joined == whole
    assert whole.answers[Code.ACCEPTED] > whole.accepted  # reports too
    assert {code.words for code in whole.answers} >= set(whole.refused)


def test_a_failure_is_told_from_another_process() -> None:
    with pytest.raises(Failure) as caught:
        settings(["= 1"])
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.diagnostics == caught.value.diagnostics
    assert str(again) == str(caught.value)
