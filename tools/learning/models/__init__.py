"""Neural networks that classify events: MLP, graph neural network and Transformer."""
