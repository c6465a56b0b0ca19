print("GOT", open("@SECRET@").read())
