import torch


def make_poly(*coefficients):
    def poly(x):
        result = 0.0
        for c in coefficients:
            result = result * x + c
        return result
    return poly


def power(x, n):
    return x if n == 1 else x * power(x, n - 1)


x = torch.tensor(1.5, requires_grad=True)
y = make_poly(2, -1, 0.5)(x) + power(x, 4)
y.backward()
print(y, x.grad)
