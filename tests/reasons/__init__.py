"""Programs with a tensor that has no gradient, or a strange one, each with the expected reason."""

from tests.reasons import missing, strange

FINE = """
a = torch.tensor([1., 2.], requires_grad=True)
(a * a).sum().backward()
"""
TABLE = [
    case.strip().split("\n", 1)
    for cases in (missing.CASES, strange.CASES)
    for case in cases.split("---\n")
]
