"""The real ATLAS open data, fetched where there is a network: whole and checked, or not at all."""
