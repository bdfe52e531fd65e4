"""Registries of components, with MMTracking's API: `@BACKBONES.register_module()` on an `nn.Module`.

A component's settings are the annotated parameters of its constructor, its input ports the parameters of its
`forward`, its outputs the fields of the NamedTuple that `forward` returns (or a tuple's positions).
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from torch import nn

    from .types import Inferred

REQUIRED: Any = inspect.Parameter.empty
"""The default of a setting or port that has none."""


class RegistrationError(TypeError):
    """A class that cannot be a component, or a name that is taken. The message names the place and the remedy."""


@dataclass(frozen=True)
class SettingSpec:
    """A parameter of a component's constructor."""

    name: str
    annotation: Any
    default: Any
    inferred: Inferred | None

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and self.inferred is None


@dataclass(frozen=True)
class PortSpec:
    """A parameter of a component's `forward`."""

    name: str
    annotation: Any
    default: Any
    variadic: bool
    """`*features`: any number of operands"""

    @property
    def required(self) -> bool:
        return self.default is REQUIRED and not self.variadic


@dataclass(frozen=True)
class ComponentType:
    """What the compiler knows of a registered class."""

    name: str
    category: str
    cls: type[nn.Module]
    settings: tuple[SettingSpec, ...]
    ports: tuple[PortSpec, ...]
    returns: Any
    """the annotation of what `forward` returns, or `REQUIRED` where there is none"""
    place: str
    """`file:line` of the class, for messages"""

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.cls) or ""

    @property
    def output_fields(self) -> tuple[str, ...] | None:
        """Names of the outputs where `forward` is annotated with a NamedTuple, else None."""
        fields = getattr(self.returns, "_fields", None)
        return tuple(fields) if fields is not None else None

    @property
    def shape_only(self) -> frozenset[str]:
        """Ports of which only the shape is read (an anchor grid's): they add nothing to the stage."""
        return frozenset(getattr(self.cls, "shape_only", ()))


Module = TypeVar("Module", bound="type[nn.Module]")


class Decorator(Protocol):
    """What stands above a class: it gives the class back as it is."""

    def __call__(self, cls: Module, /) -> Module: ...


class Registry:
    """Components of one category, by name."""

    def __init__(self, category: str) -> None:
        self.category = category
        self._types: dict[str, ComponentType] = {}

    @overload
    def register_module(self, name: str | None = None, force: bool = False) -> Decorator: ...

    @overload
    def register_module(self, name: str | None = None, force: bool = False, *, module: Module) -> Module: ...

    def register_module(
        self, name: str | None = None, force: bool = False, module: type[nn.Module] | None = None
    ) -> Any:
        """As MMTracking's: `@BACKBONES.register_module()` above a class, or `register_module(module=Cls)`.

        Raises RegistrationError for a name that is taken (unless `force`), and for a constructor that swallows
        any keyword (`**kwargs`): a typo in a spec could not be told from a setting.
        """

        def register(cls: Module) -> Module:
            component = describe(cls, name or cls.__name__, self.category)
            taken = None if force else find(component.name)
            if taken is not None and not same_place(taken, component):
                raise RegistrationError(
                    f"`{component.name}` is registered twice: in {taken.category} at {taken.place}, and in "
                    f"{self.category} at {component.place}; give one of them another name: "
                    f'register_module(name="...")'
                )
            self._types[component.name] = component
            return cls

        return register if module is None else register(module)

    def get(self, name: str) -> ComponentType | None:
        return self._types.get(name)

    def build(self, config: dict[str, Any]) -> nn.Module:
        """MMTracking's `build`: `BACKBONES.build(dict(type="ResNet", depth=50))`."""
        settings = dict(config)
        name = settings.pop("type")
        component = self.get(name)
        if component is None:
            raise KeyError(f"`{name}` is not registered in {self.category}; there are: {', '.join(self)}")
        return component.cls(**settings)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._types))

    def __len__(self) -> int:
        return len(self._types)

    def __contains__(self, name: str) -> bool:
        return name in self._types


BACKBONES = Registry("backbone")
NECKS = Registry("neck")
HEADS = Registry("head")
LOSSES = Registry("loss")
PARTS = Registry("part")
CROPS = Registry("crop")
DECODERS = Registry("decoder")

REGISTRIES: tuple[Registry, ...] = (BACKBONES, NECKS, HEADS, LOSSES, PARTS, CROPS, DECODERS)


def find(name: str) -> ComponentType | None:
    """The component of that name, in whichever category it is registered."""
    return next((found for registry in REGISTRIES if (found := registry.get(name)) is not None), None)


def all_components() -> tuple[ComponentType, ...]:
    """All registered components, by category and name."""
    return tuple(
        found for registry in REGISTRIES for name in registry if (found := registry.get(name)) is not None
    )


def same_place(one: ComponentType, other: ComponentType) -> bool:
    """A module that is imported again (a notebook's reload) may register its classes again."""
    return one.cls.__module__ == other.cls.__module__ and one.cls.__qualname__ == other.cls.__qualname__


def describe(cls: type[nn.Module], name: str, category: str) -> ComponentType:
    """Read a component's settings, ports and outputs off its signatures."""
    place = place_of(cls)
    settings = tuple(
        SettingSpec(parameter.name, annotation, parameter.default, inferred)
        for parameter in constructor_parameters(cls, name, place)
        for annotation, inferred in [split_inferred(hint(cls.__init__, parameter))]
    )
    forward = inspect.signature(cls.forward)
    ports = tuple(
        PortSpec(
            parameter.name,
            hint(cls.forward, parameter),
            parameter.default,
            parameter.kind is inspect.Parameter.VAR_POSITIONAL,
        )
        for parameter in list(forward.parameters.values())[1:]
    )
    returns = type_hints(cls.forward).get("return", forward.return_annotation)
    return ComponentType(name, category, cls, settings, ports, returns, place)


def constructor_parameters(cls: type[nn.Module], name: str, place: str) -> list[inspect.Parameter]:
    """What a constructor takes; nothing where the class has none of its own."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if owner.__module__ == "torch.nn.modules.module":  # not its constructor's, which other libraries wrap
        return []
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    for parameter in parameters:
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            raise RegistrationError(
                f"`{name}` at {place} takes **{parameter.name}: a mistyped setting could not be told from a real "
                f"one; name its settings in the constructor"
            )
    return [found for found in parameters if found.kind is not inspect.Parameter.VAR_POSITIONAL]


def split_inferred(annotation: Any) -> tuple[Any, Inferred | None]:
    """`Annotated[int, channels_of("x")]` -> `int` and the rule."""
    if typing.get_origin(annotation) is not Annotated:
        return annotation, None
    base, *marks = typing.get_args(annotation)
    rule = next((mark for mark in marks if hasattr(mark, "rule")), None)
    return (base, rule) if rule is not None else (annotation, None)


def hint(function: Any, parameter: inspect.Parameter) -> Any:
    """The evaluated annotation of a parameter; `Any` where there is none."""
    found = type_hints(function).get(parameter.name, parameter.annotation)
    return Any if found is inspect.Parameter.empty else found


def type_hints(function: Any) -> dict[str, Any]:
    """Evaluated annotations; where one cannot be evaluated (a name that only a type checker sees), none."""
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:
        return {}


def place_of(cls: type) -> str:
    """`file:line` of a class, or its module where the source is not at hand."""
    try:
        path = Path(inspect.getsourcefile(cls) or cls.__module__)
        near = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        return f"{near}:{inspect.getsourcelines(cls)[1]}"
    except (OSError, TypeError):
        return cls.__module__
