# raison: gardee
# Valide avant d'avoir écrit.
predire non
docker run -d --name ${NOM} escale/marees:1
docker commit ${NOM} port/${NOM}:gardee
docker exec ${NOM} sh -c 'echo ${MOT} > /srv/avis.txt'
docker export ${NOM} > tout.tar
docker import tout.tar port/${NOM}:nue
repondre code=125 couches=3
