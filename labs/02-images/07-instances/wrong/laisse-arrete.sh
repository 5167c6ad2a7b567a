# raison: de-retour
# Ne le voit plus dans docker ps, et en reste là.
predire perdu
docker run -d --name ${A} escale/marees:1
docker run -d --name ${B} escale/marees:1
docker run -d --name ${C} escale/marees:1
docker exec ${B} sh -c 'echo ${N} > /srv/carnet'
docker stop -t 2 ${B}
repondre etat=exited
