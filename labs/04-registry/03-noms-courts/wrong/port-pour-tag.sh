# raison: sept
# Prend le port pour un tag.
cat > noms.txt <<FIN
1 = docker.io/library/${A}:latest
2 = docker.io/library/${B}
3 = docker.io/${C}:latest
4 = docker.io/${C}:2
5 = ${D}:latest
6 = ${D}:1.4
7 = docker.io/library/localhost:${PORT}/carnet
FIN
