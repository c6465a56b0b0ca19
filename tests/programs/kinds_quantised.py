import warnings
warnings.simplefilter("ignore")
import torch


def main():
    x=torch.quantize_per_tensor(torch.randn(3,3),0.1,0,torch.qint8)
    print(x.dequantize().shape)
    w=torch.ones(3,requires_grad=True)
    (x.dequantize()*w).sum().backward()
    print(w.grad.shape)


main()
