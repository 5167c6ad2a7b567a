predire non
docker run -d --name ${NOM} escale/marees:1
docker exec ${NOM} sh -c 'echo ${MOT} > /srv/avis.txt'
docker diff ${NOM}
docker export ${NOM} > tout.tar
docker import tout.tar port/${NOM}:nue
docker run --rm port/${NOM}:nue; echo "code $?"
# lire CODE: code ([0-9]+)$
docker commit ${NOM} port/${NOM}:gardee
docker history port/${NOM}:gardee
repondre code=@CODE@ couches=4
