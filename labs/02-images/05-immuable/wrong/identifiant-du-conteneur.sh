# raison: avant
# Donne l'identifiant d'un conteneur au lieu de celui de l'image.
predire non
docker run -d --name ${C1} escale/marees:1
docker run -d --name ${C2} escale/marees:1
docker exec ${C1} sh -c 'echo ${MOT} > /srv/avis.txt'
docker run -d --name ${C3} escale/marees:1
docker inspect -f '{{.Id}}' ${C1}
# lire ID: ^([0-9a-f]+)$
repondre porteurs=1 avant=@ID@ apres=@ID@
