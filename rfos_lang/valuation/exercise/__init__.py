"""Choices along simulated paths: the policy found by regression, applied, and bounded."""
