"""Pages of Markdown, as GitHub shows them."""

import re


def anchors(page: str) -> set[str]:
    """What links to a page's headings may name."""
    headings = re.findall(r"(?m)^#+ (.+)$", page)
    return {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}
