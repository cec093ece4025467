"""What may be set: proposals that wait, and what holds.

A proposal must lie within the bounds of its parameter, and within a step of what holds; it takes
effect by itself, after the delay, if it is still within a step of what holds then.
"""

from rfos_runtime.records.codes import Code, require
from rfos_runtime.records.commands import Drop, Propose
from rfos_runtime.records.events import Enacted, Overtaken
from rfos_runtime.records.parameters import RULES, Parameter
from rfos_runtime.reference.world import Proposal, Setting, World


def value_of(world: World, asset: str, parameter: Parameter) -> int:
    """What holds for an asset."""
    return world.parameters.get(Setting(asset, parameter), RULES[parameter].first)


def propose(world: World, command: Propose) -> None:
    """Puts a proposal up, in place of one that waits."""
    setting = _setting(world, command)
    rule = RULES[setting.parameter]
    require(rule.lowest <= command.value <= rule.highest, Code.BEYOND_BOUNDS)
    require(_is_near(world, setting, command.value), Code.BEYOND_STEP)
    require(command.at >= world.time + rule.delay, Code.TOO_SOON)
    world.proposals[setting] = Proposal(command.value, command.at)


def drop(world: World, command: Drop) -> None:
    """Takes a proposal back."""
    setting = _setting(world, command)
    require(setting in world.proposals, Code.UNKNOWN_PROPOSAL)
    del world.proposals[setting]


def enact(world: World) -> None:
    """Lets proposals take effect whose time has come."""
    due = [setting for setting, each in world.proposals.items() if each.at <= world.time]
    for setting in sorted(due, key=lambda each: (world.asset_rank(each.asset), each.parameter)):
        value = world.proposals.pop(setting).value
        near = _is_near(world, setting, value)
        if near:
            world.parameters[setting] = value
        world.tell((Enacted if near else Overtaken)(*setting, value))


def next_due(world: World) -> int | None:
    """When the next proposal takes effect."""
    return min((each.at for each in world.proposals.values()), default=None)


def _setting(world: World, command: Propose | Drop) -> Setting:
    require(command.asset in world.assets, Code.UNKNOWN_ASSET)
    require(command.parameter in set(Parameter), Code.UNKNOWN_PARAMETER)
    return Setting(command.asset, Parameter(command.parameter))


def _is_near(world: World, setting: Setting, value: int) -> bool:
    return abs(value - value_of(world, *setting)) <= RULES[setting.parameter].step
