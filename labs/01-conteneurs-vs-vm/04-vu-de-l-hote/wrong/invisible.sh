# raison: dehors hote-aveugle
# Croit que l'hôte ne voit pas le processus d'un conteneur.
predire aucun
docker run -d --name ${NOM} busybox sleep ${DUREE}
repondre dedans=1 dehors=aucun
