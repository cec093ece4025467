"""A margin policy as an artefact: its scenarios, and its requirements as steps."""

from rfos_lang.artefact.policy_format import (
    SCHEMA,
    AxisField,
    HaircutField,
    PolicyFields,
    StepField,
    encode_policy,
)
from rfos_lang.core.policy import requirements_of
from rfos_lang.semantics.policy import Policy


def compile_policy(policy: Policy, source_hash: str) -> bytes:
    """The artefact of a policy: the same bytes for the same arguments, always."""
    requirements = requirements_of(policy)
    return encode_policy(
        PolicyFields(
            schema=SCHEMA,
            source_hash=source_hash,
            name=policy.name,
            asset=policy.asset,
            axes=tuple(AxisField(axis.name, axis.shifts) for axis in policy.axes),
            steps=tuple(StepField(each.operation, each.arguments) for each in requirements.steps),
            maintenance=requirements.maintenance,
            initial=requirements.initial,
            haircuts=tuple(HaircutField(each.asset, each.fraction) for each in policy.haircuts),
        )
    )
