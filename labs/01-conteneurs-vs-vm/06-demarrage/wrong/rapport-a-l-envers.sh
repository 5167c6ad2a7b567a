# raison: calcul-juste
# Divise dans le mauvais sens.
predire centaine
cat > demarrage.txt <<FIN
conteneur = 0,030
vm = 2,4
rapport = 0,0125
FIN
