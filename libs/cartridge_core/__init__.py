"""The cartridge method: self-study, context distillation, and the artifact it makes.

Importing this package, `cartridge_core.recipe` or `cartridge_core.errors` does not import torch, so
that services without a model can validate recipes and name errors.
"""
