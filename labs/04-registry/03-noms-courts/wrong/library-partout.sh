# raison: trois
# Met library devant tout, même devant un auteur.
cat > noms.txt <<FIN
1 = docker.io/library/${A}:latest
2 = docker.io/library/${B}
3 = docker.io/library/${C}:latest
FIN
