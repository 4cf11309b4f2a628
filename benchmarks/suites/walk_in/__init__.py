"""Requests by someone who did not work on the agents, over the files of the everyday suite."""
