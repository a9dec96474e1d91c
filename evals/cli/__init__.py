"""The command line for evaluations."""
