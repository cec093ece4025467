"""`dataclass` of the standard library, made in a fraction of the time.

A command that has 300 ms cannot spend a third of them on making its classes. Nearly all of ours
have slots: for these one function is compiled, `__init__`, which fills the slots directly, and that
only when the first object is made, for a command uses few of the classes that it loads; the other
methods are shared. Every other class is made by the standard library, and type checkers see nothing
but its decorator.
"""

# mypy: ignore-errors

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(kind=None, /, **options):
        """The decorator; takes what `dataclasses.dataclass` takes."""

        def made(kind):
            if options.get("slots") and _is_plain(kind):
                return _record(kind, **options)
            return dataclasses.dataclass(**options)(kind)

        return made if kind is None else made(kind)

    def _is_plain(kind):
        """Whether each field is a parameter, inherited ones too."""
        inherited = getattr(kind, "__dataclass_fields__", {}).values()
        own = (vars(kind).get(name) for name in kind.__annotations__)
        fields = (each for each in (*inherited, *own) if isinstance(each, dataclasses.Field))
        return all(each.init for each in fields)

    def _record(kind, *, slots, frozen=False, eq=True, weakref_slot=False, kw_only=False):
        fielded = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only)(kind)
        fields = dataclasses.fields(fielded)
        own = tuple(field.name for field in fields if field.name in kind.__annotations__)
        body = {name: value for name, value in vars(kind).items() if name not in own}
        del body["__dict__"], body["__weakref__"]
        for name, method in _methods(fields, frozen, eq).items():
            body.setdefault(name, method)
        body["__slots__"] = (*own, "__weakref__") if weakref_slot else own
        made = type(kind)(kind.__name__, kind.__bases__, body)
        made.__qualname__ = kind.__qualname__
        made.__init__ = _deferred(made, fields)
        return made

    def _deferred(kind, fields):
        """`__init__` until it is called: then the compiled one takes its place."""

        def first(self, *values, **named):
            kind.__init__ = _initializer(kind, fields)
            kind.__init__(self, *values, **named)

        return first

    def _methods(fields, frozen, eq):
        methods = {"__repr__": _shown([field.name for field in fields if field.repr])}
        if frozen:
            names = tuple(field.name for field in fields)
            methods |= {
                "__setattr__": _not_assigned,
                "__delattr__": _not_deleted,
                "__getstate__": lambda self: [getattr(self, name) for name in names],
                "__setstate__": _restored(names),
            }
        return (
            methods | _comparison([f.name for f in fields if f.compare], frozen) if eq else methods
        )

    def _comparison(names, frozen):
        key = attrgetter(*names) if names else lambda _: ()

        def equal(self, other):
            return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

        return {"__eq__": equal, "__hash__": (lambda self: hash(key(self))) if frozen else None}

    def _shown(names):
        def shown(self):
            values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
            return f"{self.__class__.__qualname__}({values})"

        return shown

    def _restored(names):
        def restore(self, state):
            for name, value in zip(names, state, strict=True):
                object.__setattr__(self, name, value)

        return restore

    def _not_assigned(self, name, value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _not_deleted(self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _initializer(kind, fields):
        """`__init__`, with a setter of each slot among its globals."""
        known = {"_absent": dataclasses.MISSING}
        body = []
        for field in fields:
            name = field.name
            known[f"_set_{name}"] = getattr(kind, name).__set__
            value = name
            if field.default_factory is not dataclasses.MISSING:
                known[f"_new_{name}"] = field.default_factory
                value = f"_new_{name}() if {name} is _absent else {name}"
            body.append(f"    _set_{name}(self, {value})\n")
        if hasattr(kind, "__post_init__"):
            body.append("    self.__post_init__()\n")
        parameters = ", ".join(_parameters(fields, known))
        code = f"def __init__(self{parameters}):\n{''.join(body) or '    pass'}"
        exec(code, known)
        return known["__init__"]

    def _parameters(fields, known):
        """Each field as a parameter; those by keyword alone are last."""
        ordered = [field for field in fields if not field.kw_only]
        by_keyword = [field for field in fields if field.kw_only]
        yield ""
        for field in ordered:
            yield _parameter(field, known)
        if by_keyword:
            yield "*"
        for field in by_keyword:
            yield _parameter(field, known)

    def _parameter(field, known):
        if field.default is not dataclasses.MISSING:
            known[f"_default_{field.name}"] = field.default
            return f"{field.name}=_default_{field.name}"
        if field.default_factory is not dataclasses.MISSING:
            return f"{field.name}=_absent"
        return field.name
