class Name(str):
    def __hash__(self): return 1
    def __eq__(self, other): raise ValueError
try:
    globals()[Name("x")] = torch.ones(1)
except ValueError:
    pass
class Loud:
    def __repr__(self): raise SystemExit(0)
Loud()
