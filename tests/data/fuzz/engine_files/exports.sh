2export PATH='/a:/b c'
export A=b
export C=''
export D='it'\''s
over lines'
