# raison: code image-archive
# Croit que l'archive suffit, et n'essaie pas.
predire oui
docker run -d --name ${NOM} escale/marees:1
docker exec ${NOM} sh -c 'echo ${MOT} > /srv/avis.txt'
docker export ${NOM} > tout.tar
docker import tout.tar port/${NOM}:nue
docker commit ${NOM} port/${NOM}:gardee
repondre code=0 couches=4
