"""The one-machine host: serves the same function app where Functions Core Tools can't be had."""
