"""Tests of the test bed: it must refuse what AWS refuses, or what is tested with it is worth little."""
