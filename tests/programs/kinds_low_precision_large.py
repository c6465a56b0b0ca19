import torch
x=torch.ones(2000,dtype=torch.bfloat16,requires_grad=True)
(x*2).sum().backward();print(x.grad[:2])
y=torch.randn(2000).to(torch.float8_e4m3fn)
z=(y.float()*x.float()).sum();z.backward()
q=torch.ones(2000,dtype=torch.float16,requires_grad=True);(q*q).sum().backward();print(q.grad[:2])
b=torch.ones(2000,dtype=torch.bool); (x*b).sum().backward()
c=torch.ones(2000,dtype=torch.complex64,requires_grad=True);(c*c).abs().sum().backward();print(c.grad[:1])
