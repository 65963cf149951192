2export A=$(id)
