"""Arrays that machine code finds by one address.

Handed over one by one, some thirty arrays are two hundred numbers in each call, and what compiles
them takes the longer the more there are. So a bundle keeps a list of where its arrays lie and how
many rows they have, and machine code is given the address of that list alone. What a row is does
not lie there: it is the same for all bundles of a class.
"""

from dataclasses import fields
from typing import Any, ClassVar

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, register_model, unbox
from numba.np.arrayobj import make_array, populate_array
from numpy.typing import NDArray

Rows = tuple[np.dtype[Any], tuple[int, ...]]
"""What a row of an array is: its type, and how many of it."""


_WORD = 8


class Bundle:
    """To be inherited by a frozen dataclass with slots that has nothing but arrays."""

    __slots__ = ("_list", "address")

    _list: NDArray[np.int64]
    address: int

    _rows: ClassVar[tuple[Rows, ...]] = ()
    _numba_type_: ClassVar[Any] = None

    def __post_init__(self) -> None:
        arrays = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        rows = tuple((array.dtype, array.shape[1:]) for array in arrays)
        if type(self)._numba_type_ is None:
            type(self)._rows, type(self)._numba_type_ = rows, _type_of(type(self), arrays)
        assert type(self)._rows == rows, "the rows of a class of bundles are always the same"
        assert all(array.flags.c_contiguous for array in arrays), "rows lie behind each other"
        places = [(array.ctypes.data, len(array)) for array in arrays]
        assert all(place % _WORD == 0 for place, _ in places), "numbers lie at places of their size"
        object.__setattr__(self, "_list", np.array(places, np.int64))
        object.__setattr__(self, "address", self._list.ctypes.data)


# --- what Numba has to know of it -----------------------------------------------------------------


class _BundleType(types.Type):
    """A class of bundles: the arrays by name, in their order."""

    def __init__(self, name: str, arrays: dict[str, tuple[Any, tuple[int, ...]]]) -> None:
        self.arrays = arrays
        super().__init__(name=name)


def _type_of(bundle: type[Bundle], arrays: list[NDArray[Any]]) -> _BundleType:
    kinds = (
        (types.Array(numba.from_dtype(array.dtype), array.ndim, "C"), array.shape[1:])
        for array in arrays
    )
    names = (field.name for field in fields(bundle))  # type: ignore[arg-type]
    return _BundleType(bundle.__name__, dict(zip(names, kinds, strict=True)))


@register_model(_BundleType)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _BundleType) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@infer_getattr
class _Arrays(AttributeTemplate):
    key = _BundleType

    def generic_resolve(self, kind: _BundleType, name: str) -> Any:
        """The type of an array."""
        return kind.arrays[name][0] if name in kind.arrays else None


@lower_getattr_generic(_BundleType)
def _array(context: Any, builder: Any, kind: _BundleType, value: Any, name: str) -> Any:
    array_type, inner = kind.arrays[name]
    place = 2 * list(kind.arrays).index(name)
    data, rows = (_listed(builder, value, place + each) for each in range(2))
    word = context.get_value_type(types.intp)
    item = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    sizes = [item * int(np.prod(inner[at:])) for at in range(len(inner) + 1)]
    array = make_array(array_type)(context, builder)
    populate_array(
        array,
        data=builder.inttoptr(data, array.data.type),
        shape=cgutils.pack_array(builder, [rows, *(word(size) for size in inner)]),
        strides=cgutils.pack_array(builder, [word(size) for size in sizes]),
        itemsize=word(item),
        meminfo=None,
    )
    return array._getvalue()


def _listed(builder: Any, value: Any, place: int) -> Any:
    """A number of the list, which never changes."""
    number = builder.load(cgutils.gep_inbounds(builder, value, place))
    number.set_metadata("invariant.load", builder.module.add_metadata([]))
    return number


@unbox(_BundleType)
def _address(kind: _BundleType, bundle: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(bundle, "address")
    address = c.pyapi.long_as_longlong(number)
    c.pyapi.decref(number)
    return NativeValue(c.builder.inttoptr(address, c.context.get_value_type(kind)))
