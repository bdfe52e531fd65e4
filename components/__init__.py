"""Everything that a spec can be composed of."""

from __future__ import annotations

import functools
import importlib

ENTRY_POINT_GROUP = "sotc.components"


@functools.cache
def load() -> None:
    """Register the components of this package and of every installed package that offers some.

    Each module below this package is imported, so that a new component is one new file and no edit elsewhere;
    other packages are found by the entry point group `sotc.components`.
    """
    import pkgutil  # what a tracker that runs without torch starts without
    from importlib.metadata import entry_points

    for module in sorted(pkgutil.walk_packages(__path__, f"{__name__}."), key=lambda found: found.name):
        importlib.import_module(module.name)
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda found: found.name):
        entry.load()
