# raison: rapport a-peine-plus-rapide
# Suppose, sans mesurer, qu'une VM met à peine deux fois plus de temps.
predire peu
cat > demarrage.txt <<FIN
conteneur = 1
vm = 2
rapport = 2
FIN
