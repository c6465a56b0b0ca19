"""Three plausible wrong edits for each lesson: (find, put) in its program."""

WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "slope": (("3.", "10."), ("x * x", "x * 10 * x"), ("3.", "-5.")),
    "three-ways": (("tensor(1.,", "tensor(0.,"), ("tensor(1.,", "tensor(1.5,"), ("1e-3", "1e-5")),
    "chain": (("+ 1", "+ 0"), ("tensor(2.", "tensor(0."), ("+ 1", "+ 6")),
    "second-derivative": (
        ("2., requires", "6., requires"),
        ("x ** 3", "x ** 2"),
        ("g.backward()", "y.backward()"),
    ),
    "gradient-calculation": (("2 * c", "3 * c"), ("[2, 3]", "[4, 6]"), ("a + 1", "a + 2")),
    "fan-out": (("u * v + x", "u + v + x"), ("v = x + u", "v = u"), ("tensor(3.", "tensor(2.")),
    "who-gets-it": (
        ("0.5", "0.6"),
        ("tensor(1., req", "tensor(3., req"),
        ("torch.maximum", "torch.minimum"),
    ),
    "sum-mean": ((".sum()", ".max()"), (".sum()", ".norm()"), ("[1., -1.", "[2., -1.")),
    "vector-start": (
        ("[1., 0., 0.]", "[0., 0., 1.]"),
        ("[1., 0., 0.]", "[1., 1., 1.]"),
        ("[1., 0., 0.]", "[0., 5., 0.]"),
    ),
    "broadcasting": (("(2, 3)", "(1, 3)"), ("[1., 2., 3.]", "[4., 4., 4.]"), ("(2, 3)", "(3, 3)")),
    "matrix-product": (
        ("[1., -1.]", "[0., -1.]"),
        ("[1., 0., 2.]", "[1., 0., 0.]"),
        ("[[1., 2.]", "[[1., 0.]"),
    ),
    "leaves": (("h ** 2", "h ** 3"), ("w * 3", "w * 4"), ("tensor(2.", "tensor(4.")),
    "accumulate": (
        ("(2., 3.)", "(3.,)"),
        ("    loss = w * x", "    loss = w * x / 2"),
        ("tensor(1.", "tensor(3."),
    ),
    "cut": (("a * 5", "a * 10"), ("tensor(2.", "tensor(4."), ("b.detach()", "b.detach() * 2")),
    "clipped-value": (("-1, 1", "-10, 10"), ("tensor(0.", "tensor(2.5"), (" ** 2", " ** 3")),
    "freeze": (
        ("# freeze here", "net.requires_grad_(False)"),
        ("# freeze here", "net[1].requires_grad_(False)"),
        ("# freeze here", "net[0].weight.data.fill_(0.)"),
    ),
    "one-weight": (("0.02", "0.01"), ("0.02", "0.25"), ("0.02", "0.3")),
    "optimizer": (
        ("    loss.backward()", "    loss.backward()\n    opt.zero_grad()"),
        ("    opt.step()", "    opt.step()\n    opt.step()"),
        ("lr=0.1", "lr=0.2"),
    ),
    "neuron": (
        ("b = torch.tensor(0.", "b = torch.tensor(0.5"),
        ("t = torch.tensor(1.", "t = torch.tensor(0."),
        ("[1., -1.]", "[1., 1.]"),
    ),
    "cross-entropy": (
        ("[2., 1., 0.]", "[1., 1., 1.]"),
        ("[2., 1., 0.]", "[9., 0., 0.]"),
        ("p[0]", "p[2]"),
    ),
    "two-layer-mlp": (
        ("pred = net(X)", "net[0].weight.data.fill_(0.)\npred = net(X)"),
        ("loss.backward()", "(loss * 0).backward()"),
        ("nn.Tanh()", "nn.Sigmoid()"),
    ),
    "vanishing": (
        ("torch.sigmoid(h)", "torch.sigmoid(h) / 2"),
        ("0.5", "0."),
        ("torch.sigmoid(h)", "torch.softmax(h, 0)"),
    ),
    "dead-relu": (("-3.", "-4."), ("[1., 0.5]", "[0.5, 1.]"), ("[2., 0.]", "[1., 1.]")),
    "convolution": (
        ("F.conv1d(x, k)", "F.conv1d(x, k, padding=1)"),
        ("F.conv1d(x, k)", "F.conv1d(x, k, stride=3)"),
        ("[[[1., -1.]]]", "[[[4., 6.]]]"),
    ),
    "residual": (
        ("h = f", "h = f * 2"),
        ("h = f", "h = h"),
        ("torch.tensor(1.", "torch.tensor(0."),
    ),
    "recurrent": (
        ("tensor(0.5", "tensor(3."),
        ("tensor(0.5", "tensor(2."),
        ("tensor(0.5", "tensor(0."),
    ),
    "lstm-gate": (
        ("b = torch.tensor(-1.", "b = torch.tensor(1."),
        ("b = torch.tensor(-1.", "b = torch.tensor(3."),
        ("c0 = torch.tensor(1.", "c0 = torch.tensor(4."),
    ),
    "reparametrise": (
        (".sample()", ".mean"),
        ("tensor(1.", "tensor(0.541"),
        (".sample()", ".sample().clone()"),
    ),
    "diffusion-step": (("t = 0.5", "t = 0."), ("t = 0.5", "t = 0.9"), ("1.5)", "0.)")),
    "gan-step": (
        ("D * fake", "D.detach() * fake"),
        ("D * real", "D * real.detach()"),
        ("G * noise", "G * noise.detach()"),
    ),
    "attention": (
        ("torch.zeros(3, 3)", "torch.ones(3, 3)"),
        ("torch.zeros(3, 3)", "torch.full((3, 3), float('-inf')).tril(diagonal=-1)"),
        ("torch.zeros(3, 3)", "torch.eye(3)"),
    ),
    "transformer-block": (
        ("[[0, 3, 3]]", "[[0, 3, 2]]"),
        ("[3, 3, 1]", "[3, 3, 4]"),
        ("Embedding(5, 4)", "Embedding(6, 4)"),
    ),
}
