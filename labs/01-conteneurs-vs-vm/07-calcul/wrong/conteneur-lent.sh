# raison: natif
# Compte le démarrage d'un autre conteneur dans la durée du calcul, et invente le reste.
predire eclair
cat > calcul.txt <<FIN
hote = 0,40
conteneur = 0,80
vm = 4,00
accelerateur = tcg
eclair = 80
FIN
