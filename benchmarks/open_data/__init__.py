"""Five plain sentences on real CMS and ATLAS open data, with references that share no code with `tools/`."""
