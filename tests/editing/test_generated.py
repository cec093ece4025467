"""What `python -m rfos_lang.editing.generate` writes is what stands in `editors/`."""

import pytest

from rfos_lang.editing.generate import EDITORS, generated


@pytest.mark.parametrize("name", generated())
def test_a_fresh_build_gives_the_file_that_is_there(name: str) -> None:
    assert (EDITORS / name).read_text(encoding="utf-8") == generated()[name]
