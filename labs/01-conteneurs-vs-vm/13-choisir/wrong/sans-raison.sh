# raison: complet
# Choisit sans dire pourquoi.
cat > choix.txt <<FIN
1 = vm
2 = vm
3 = conteneur
4 = conteneur
5 = conteneur
6 = vm
FIN
