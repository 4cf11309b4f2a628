"""Five analyses in plain language on LHCO files, as published for CoLLM (arXiv:2602.06496), with shifted constants."""
