cat noms.txt
cat > noms.txt <<FIN
1 = docker.io/library/${A}:latest
2 = docker.io/library/${B}
3 = docker.io/${C}:latest
4 = docker.io/${C}:2
5 = ${D}:latest
6 = ${D}:1.4
7 = localhost:${PORT}/carnet:latest
8 = localhost/carnet:1.0
9 = docker.io/library/${A}:latest
10 = docker.io/${C}:latest
FIN
