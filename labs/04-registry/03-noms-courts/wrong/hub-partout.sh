# raison: cinq
# Met docker.io devant tout, même devant une adresse.
cat > noms.txt <<FIN
1 = docker.io/library/${A}:latest
2 = docker.io/library/${B}
3 = docker.io/${C}:latest
4 = docker.io/${C}:2
5 = docker.io/${D}:latest
FIN
