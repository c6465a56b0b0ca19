import torch
import torch.nn as nn

rnn = nn.LSTM(input_size=3, hidden_size=4, batch_first=True)
fc = nn.Linear(4, 1)
opt = torch.optim.Adam(list(rnn.parameters()) + list(fc.parameters()))
hidden = None
for step in range(3):
    x = torch.randn(2, 5, 3)
    out, hidden = rnn(x, hidden)
    loss = fc(out[:, -1]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
