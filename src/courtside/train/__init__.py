"""Training of the embedded nets; needs the `train` extra, never needed to run courtside."""
