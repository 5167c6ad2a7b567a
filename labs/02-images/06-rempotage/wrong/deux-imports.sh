# raison: gardee-base
# Importe l'archive deux fois.
predire non
docker run -d --name ${NOM} escale/marees:1
docker exec ${NOM} sh -c 'echo ${MOT} > /srv/avis.txt'
docker export ${NOM} > tout.tar
docker import tout.tar port/${NOM}:nue
docker import tout.tar port/${NOM}:gardee
repondre code=125 couches=1
