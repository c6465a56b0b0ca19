import torch
x = torch.tensor([1., 2., 3.], requires_grad=True)
import logging
logger = logging.getLogger("train")
logger.setLevel(logging.INFO)
handler = logging.FileHandler("train.log")
handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
logger.addHandler(handler)
logger.propagate = False
loss = x.sum()
loss.backward()
logger.info("loss %.1f", loss.item())
handler.close()
print(open("train.log").read())
