# raison: nue-couches
# Prend commit pour les deux.
predire oui
docker run -d --name ${NOM} escale/marees:1
docker exec ${NOM} sh -c 'echo ${MOT} > /srv/avis.txt'
docker commit ${NOM} port/${NOM}:nue
docker commit ${NOM} port/${NOM}:gardee
repondre code=125 couches=4
