"""A cascade as a Snakemake workflow: order, provenance and resumption are Snakemake's, each rule calls the agents."""
