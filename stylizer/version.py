"""The version of Atelier."""

VERSION = "0.1.0"
