# raison: etat arrete-supprime
# Dit « supprimé » de ce qui est seulement arrêté.
predire perdu
docker run -d --name ${A} escale/marees:1
docker run -d --name ${B} escale/marees:1
docker run -d --name ${C} escale/marees:1
docker exec ${B} sh -c 'echo ${N} > /srv/carnet'
docker stop -t 2 ${B}
docker start ${B}
repondre etat=supprime
