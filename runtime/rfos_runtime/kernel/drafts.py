"""Functions that call each other become machine code together, once.

Numba makes machine code of each function that is called from another, optimises it with all that it
calls in turn, and does so again in each caller: the work grows with the depth of calls. Here what
is called is a draft, which is translated and no more; what Python calls takes in all the drafts
below it and is optimised as a whole, which shows what is called once and what is never used.
"""

from collections.abc import Callable
from typing import Any

from llvmlite.binding import Linkage
from numba import types
from numba.core.codegen import CPUCodeLibrary, JITCodeLibrary
from numba.core.compiler import Compiler, Flags
from numba.core.registry import CPUDispatcher
from numba.core.typing.templates import make_concrete_template


class _DraftLibrary(JITCodeLibrary):
    """The code of one function, and which others it calls."""

    def _optimize_functions(self, module: Any) -> None:
        """Nothing yet."""
        module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        """Nothing: whoever takes it in does all."""
        self._finalized = True


class _WholeLibrary(JITCodeLibrary):
    """The code of a function with all that it calls."""

    _linking_libraries: list[CPUCodeLibrary]

    def finalize(self) -> None:
        """Takes in all drafts below, each once, then optimises."""
        found: dict[CPUCodeLibrary, None] = {}
        left = list(self._linking_libraries)
        while left:
            library = left.pop()
            if library not in found:
                found[library] = None
                left += library._linking_libraries if isinstance(library, _DraftLibrary) else []
        self._linking_libraries = list(found)
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Once: what Numba does before it is for counts of references. More than the first level of
        optimisation takes half as long again and makes nothing faster."""
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.internal
        manager, builder = self._codegen._module_pass_manager(loop_vectorize=False, opt=1)
        manager.run(self._final_module, builder)


_FOR_OTHERS = {
    "with_lifting",
    "inline_closure_likes",
    "rewrite_semantic_constants",
    "dead_branch_prune",
    "make_function_op_code_to_jit_function",
    "inline_inlinables",
    "find_literally",
    "literal_unroll",
    "LiteralPropagation",
    "inline_overloads",
    "nopython_rewrites",
    "nopython_supported_feature_validation",
}
"""Steps of Numba for what is not in these functions: closures, literals, whole arrays."""


def _short(managers: Any) -> Any:
    for manager in managers:
        manager.passes = [each for each in manager.passes if each[0].name() not in _FOR_OTHERS]
    return managers


class _Flags(Flags):
    """Flags are asked for at every call within a function. They are compared by what is set of
    them, not by all that could be."""

    __slots__ = ()

    def __hash__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Flags) and bool(self._values == other._values)


class _Pipeline(Compiler):
    def __init__(self, *given: Any) -> None:
        *before, flags, names = given
        super().__init__(*before, _Flags(flags), names)


class _DraftPipeline(_Pipeline):
    def define_pipelines(self) -> Any:
        """As always, but that it ends with a draft."""
        state = self.state
        state.library = _DraftLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        return _short(super().define_pipelines())


class Whole(_Pipeline):
    """How to compile what Python calls."""

    def define_pipelines(self) -> Any:
        """As always, but that it takes in drafts."""
        state = self.state
        state.library = _WholeLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return _short(super().define_pipelines())


class Draft(CPUDispatcher):
    """A function that compiled functions call. It takes whole numbers as such of 64 bits, so that
    there is one draft whatever the columns that they come from."""

    def __init__(self, function: Callable[..., Any]) -> None:
        options = {"nopython": True, "_nrt": False, "boundscheck": None}
        wrappers = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        super().__init__(function, targetoptions=options | wrappers, pipeline_class=_DraftPipeline)

    def __call__(self, *given: Any) -> Any:
        """Python runs the function itself."""
        return self.py_func(*given)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """What it takes and returns where it is given `args`."""
        signature, args = self._compiler.fold_argument_types(args, kws)
        self.compile(
            tuple(types.int64 if isinstance(kind, types.Integer) else kind for kind in args)
        )
        name = self.py_func.__name__
        template = make_concrete_template(name, key=name, signatures=self.nopython_signatures)
        return template, signature, args, {}

    def add_overload(self, found: Any) -> None:
        """Keeps a draft. It is known by an object of its own, for there is no entry to call."""
        draft = found._replace(entry_point=object())
        self.targetctx.insert_user_function(draft.entry_point, draft.fndesc, [draft.library])
        self.overloads[tuple(draft.signature.args)] = draft
