# raison: carnet arrete-supprime
# Croit l'ancien perdu, et en recrée un de même nom.
predire perdu
docker run -d --name ${A} escale/marees:1
docker run -d --name ${B} escale/marees:1
docker run -d --name ${C} escale/marees:1
docker exec ${B} sh -c 'echo ${N} > /srv/carnet'
docker stop -t 2 ${B}
docker rm ${B}
docker run -d --name ${B} escale/marees:1
repondre etat=exited
