"""The page of products says what the library has now."""

from tests.docs.products import PAGE, page


def test_the_page_is_that_of_the_library() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "write it anew: python -m tests.docs.products"
