"""A connection by the `trax` package: over standard input and output, or the socket that the client names.

Rectangles and paths of images are what is offered. A client that sends a polygon or a mask all the same has its
axis-aligned bounds followed, as the VOT toolkit itself converts a region for a tracker of rectangles.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.boxes import format_box
from ..datasets.regions import bounds_of
from ..metrics.regions import Mask, Polygon, Rectangle, Region
from .conversation import Answer, Begin, Box, Connection, Goodbye, Request, Step
from .errors import ConversationError, NoTraxError

if TYPE_CHECKING:
    from types import ModuleType

FAMILY = "sotc"

GONE = "start it through the VOT toolkit, which ends it when it is done; its log tells what happened there"


def require_trax() -> ModuleType:
    """The `trax` package. Raises NoTraxError."""
    try:
        import trax
    except ModuleNotFoundError as error:
        if error.name != "trax":
            raise
        raise NoTraxError(
            "the VOT toolkit speaks TraX, and the package for it is not installed", "pip install 'sotc[vot]'"
        ) from None
    except OSError as error:  # its library is built for other machines
        raise NoTraxError(
            f"the package of TraX cannot be loaded: {error}", "pip install --force-reinstall vot-trax"
        ) from None
    return trax  # type: ignore[no-any-return]


def connect(name: str, description: str, several: bool) -> Connection:
    """Say hello, which tells the client that the tracker is ready. `several`: more targets than one are taken.

    Raises NoTraxError, ConversationError.
    """
    trax = require_trax()
    with as_mistakes(trax, "no client can be greeted"):
        server = trax.Server(
            [trax.Region.RECTANGLE],
            [trax.Image.PATH],
            tracker_name=name,
            tracker_description=description,
            tracker_family=FAMILY,
            multiobject=several,
        )
    return TraxConnection(trax, server)


class TraxConnection:
    """A server of the `trax` package, whose requests become plain data."""

    def __init__(self, trax: ModuleType, server: Any) -> None:
        self._trax = trax
        self._server = server

    def receive(self) -> Request:
        """The next request. Raises ConversationError where the client is gone, or sends what is not offered."""
        with as_mistakes(self._trax, "the client is gone: it ended without a goodbye"):
            request = self._server.wait()
        if request.type == self._trax.TraxStatus.QUIT:
            return Goodbye()
        image = path_of(self._trax, request.image)
        boxes = tuple(box_of(region_of(self._trax, region)) for region, _ in request.objects or ())
        return Begin(image, boxes) if request.type == self._trax.TraxStatus.INITIALIZE else Step(image, boxes)

    def answer(self, targets: Sequence[Answer]) -> None:
        """Rectangles, with the confidence where there is one. Raises ConversationError where the client is gone."""
        states = [
            (
                self._trax.Rectangle.create(*target.box),
                {} if target.confidence is None else {"confidence": target.confidence},
            )
            for target in targets
        ]
        with as_mistakes(self._trax, "the client is gone: it does not take the answer"):
            self._server.status(states)

    def close(self, reason: str | None = None) -> None:
        """Say goodbye; to a client that is gone, nothing is said."""
        with suppress(self._trax.TraxException, AttributeError):
            self._server.quit(reason)


@contextmanager
def as_mistakes(trax: ModuleType, message: str) -> Iterator[None]:
    """What the `trax` package raises becomes a ConversationError. It has little to tell: `Unknown`."""
    try:
        yield
    except (trax.TraxException, AttributeError) as error:  # the package stumbles on its way to some messages
        raise ConversationError(message, GONE) from error


def path_of(trax: ModuleType, images: dict[str, Any]) -> Path:
    """Where the colour image lies. Raises ConversationError."""
    image = images.get("color")
    if not isinstance(image, trax.FileImage):
        sent = "one in memory" if image is not None else f"channels: {', '.join(sorted(images)) or 'none'}"
        raise ConversationError(
            f"the client sends no colour image by its path, but {sent}",
            "use a data set whose colour images are files on this machine",
        )
    return Path(image.path())


def region_of(trax: ModuleType, region: Any) -> Region:
    """A region of the package as one of ours. Raises ConversationError for a mark, which is no target."""
    if isinstance(region, trax.Rectangle):
        return Rectangle(*region.bounds())
    if isinstance(region, trax.Polygon):
        return Polygon(tuple(region.get(index) for index in range(region.size())))
    if isinstance(region, trax.Mask):
        x, y = region.offset()
        return Mask(x, y, region.array().astype(np.bool_))
    raise ConversationError("the client gives no region to follow", "give a rectangle, a polygon or a mask")


def box_of(region: Region) -> Box:
    """The axis-aligned bounds. Raises ConversationError for a region without a size."""
    x, y, width, height = bounds_of(region)
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise ConversationError(
            f"the client gives a region without a size to follow: a {type(region).__name__.lower()}, bounds "
            f"{format_box((x, y, width, height))}",
            "begin on a frame in which the target is annotated",
        )
    return x, y, width, height
