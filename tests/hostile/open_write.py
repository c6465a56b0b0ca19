open("@DIR@/new", "w").write("GOT"); print("GOT")
