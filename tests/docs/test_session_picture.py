"""The picture of a session shows what the session answers now."""

from tests.docs.session_picture import PICTURE, drawn


def test_the_picture_is_current() -> None:
    assert PICTURE.read_text(encoding="utf-8") == drawn()
