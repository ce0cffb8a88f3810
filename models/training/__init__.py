"""Makes the bundled models: renders, training, export, evaluation. Development only."""
