"""How many pages a PDF of ours has: Typst writes a plain object for each."""

import re

_PAGE = re.compile(rb"/Type */Page\b(?!s)")


def pages(pdf: bytes) -> int:
    """Return the number of pages.

    >>> pages(b"<</Type/Pages/Count 2>> <</Type/Page>> <</Type /Page/Parent 1>>")
    2
    """
    return len(_PAGE.findall(pdf))
