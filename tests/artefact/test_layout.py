"""Terms and standings in bytes: what is read is what was written."""

from hypothesis import assume, given, settings

from rfos_lang.artefact.format import standing_size
from rfos_lang.artefact.layout import decode_standing, encode_standing, encode_terms
from rfos_lang.core import meaning
from rfos_lang.core.meaning import Status
from tests.generators import handmade
from tests.generators.handmade import Instance
from tests.generators.markets import lives


@settings(max_examples=15, deadline=None)
@given(life=lives())
def test_a_standing_comes_back(life: tuple[Instance, tuple[meaning.Event, ...]]) -> None:
    instance, events = life
    program, terms = instance.program, instance.terms
    standing = meaning.start(program, terms).standing
    assume(meaning.start(program, terms).status is Status.OK)
    size = standing_size(encode_terms(program, terms))
    for event in events:
        block = encode_standing(program, standing)
        assert len(block) == size
        assert decode_standing(program, terms, block) == standing
        standing = meaning.fire(program, terms, standing, event).standing


def test_other_terms_have_other_bytes() -> None:
    made = [handmade.european_call(), handmade.european_call("1"), handmade.european_call(days=91)]
    assert len({encode_terms(each.program, each.terms) for each in made}) == 3


def test_a_block_of_terms_in_bytes() -> None:
    """Sizes, start, the place of one schedule; two divisors; strike and size; one instant."""
    instance = handmade.european_call()
    block = encode_terms(instance.program, instance.terms)
    start = handmade.START.to_bytes(8, "little")
    expiry = (handmade.START + 90 * handmade.DAY).to_bytes(8, "little")
    assert block[:16] == (96).to_bytes(4, "little") + (16).to_bytes(4, "little") + start
    assert block[16:24] == (80).to_bytes(4, "little") + (1).to_bytes(4, "little")
    assert block[24:40] == (10**10).to_bytes(8, "little") + (10**16).to_bytes(8, "little")
    assert block[48:80] == b"".join((n * 10**18).to_bytes(16, "little") for n in (65_000, 1))
    assert block[80:96] == expiry + bytes(8)
