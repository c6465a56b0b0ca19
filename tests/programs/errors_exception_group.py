import torch
x = torch.ones(2, requires_grad=True)
y = x * 2
e = ValueError('한글 메시지 <b>bold</b>')
e.add_note('note')
raise ExceptionGroup('many', [e, TypeError('t')])
