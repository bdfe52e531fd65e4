"""What a compiled tracker computes and how fast: the parity gate, the choice of a backend, the benchmark."""
