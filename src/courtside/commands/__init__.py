"""Groups of commands; the command line itself is `courtside.cli`."""
