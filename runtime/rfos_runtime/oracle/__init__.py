"""The edge of the oracle: signatures of reports are made and checked here, before the kernel."""
