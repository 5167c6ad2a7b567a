# raison: intacts
# Écrit aussi dans le troisième, pour « mettre l'image à jour ».
predire oui
docker run -d --name ${C1} escale/marees:1
docker run -d --name ${C2} escale/marees:1
docker exec ${C1} sh -c 'echo ${MOT} > /srv/avis.txt'
docker run -d --name ${C3} escale/marees:1
docker exec ${C3} sh -c 'echo ${MOT} > /srv/avis.txt'
