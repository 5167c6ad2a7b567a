# raison: accelerateur
# Ne dit pas sous quel accélérateur la VM a calculé.
predire eclair
docker run -d --name ${NOM} busybox sleep 3600
docker cp ${NOM}:/bin/busybox ./busybox
cat > calcul.txt <<FIN
hote = 0,40
conteneur = 0,41
vm = 0,42
accelerateur = docker
eclair = 80
FIN
