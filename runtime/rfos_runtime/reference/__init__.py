"""The whole kernel as small plain Python: the specification of every faster one."""
