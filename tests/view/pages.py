"""What is in a page that `sotc` wrote, without a browser."""

from __future__ import annotations

import json
import re
from typing import Any


def data_of(page: str) -> Any:
    """The JSON that its scripts read."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])
