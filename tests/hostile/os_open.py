import os; print("GOT", os.open("@DIR@/new", os.O_CREAT | os.O_WRONLY))
