2export UID=1
